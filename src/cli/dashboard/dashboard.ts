import { once } from 'node:events';
import type { Command } from 'commander';
import { healthSurroundings } from '../../bus/bus-health.js';
import { DashboardServer } from '../../dashboard/server.js';
import { AccessToken, newToken, tokenFromFile } from '../../http/access-token.js';
import { defaultListen, isLoopback, parseListen, shownAddress } from '../../http/listen-address.js';
import { systemClock, systemWallClock } from '../../platform/clock.js';
import { ExitCode } from '../exit-code.js';
import { expectDirectory, findChannels, type LookOptions } from '../look/found-channels.js';
import type { Output } from '../output.js';
import { every } from '../pause.js';
import { parseWhole } from '../place.js';
import { untilTold } from '../signals.js';
import { messageJson } from '../tail/message-text.js';

export interface DashboardOptions extends LookOptions {
  readonly listen?: string;
  readonly interval?: string;
  readonly clients?: string;
  readonly tokenFile?: string;
  readonly json?: true;
}

const PORT = 8787;

export function addDashboard(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('dashboard')
    .description('serves a page that shows the channels and services as they work, until it is told to end')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml, if it is there)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--capture <file>', 'look at this capture in the place of a running bus: apbus capture makes them')
    .option('--listen <address>', `a port, or host:port; port 0 takes a free one (default: ${defaultListen(PORT)})`)
    .option('--token-file <file>', 'only who has the token in this file may look')
    .option('--interval <ms>', 'how often it looks, while somebody watches (default: 500)')
    .option('--clients <count>', 'so many may watch at a time (default: 64)')
    .option('--json', 'print its address, and the token it has made, as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  apbus dashboard\n  apbus dashboard --listen 0.0.0.0:8787\n  apbus dashboard --directory /dev/shm/alphapulse-1000 --token-file ~/.apbus-token',
    )
    .action(async (options: DashboardOptions) => finish(await dashboard(options, output)));
}

/** `apbus dashboard` */
export async function dashboard(options: DashboardOptions, output: Output): Promise<ExitCode> {
  const listen = parseListen(options.listen ?? defaultListen(PORT), PORT);
  const intervalMs = parseWhole(options.interval ?? '500', '--interval', 100, 60_000);
  const clientsMax = parseWhole(options.clients ?? '64', '--clients', 1, 200);
  const { tokenFile } = options;
  // a browser has somebody before it who can read it; a program would have nobody, so `serve` makes none
  const made = tokenFile === undefined && !isLoopback(listen.host) ? newToken() : undefined;
  const given = tokenFile === undefined ? undefined : tokenFromFile(tokenFile);
  expectDirectory(options);
  const { directory, health, channels } = await findChannels(options);
  const clock = systemClock();
  const server = await DashboardServer.listen(
    {
      directory,
      names: async () => (await findChannels(options)).channels.map(({ name }) => name),
      thresholds: health?.thresholds ?? {},
      surroundings: healthSurroundings(channels.map(({ configured }) => configured)),
      intervalMs,
      clientsMax,
      token: made === undefined ? given : new AccessToken(made),
      decode: messageJson,
      timing: {
        nowMs: () => clock.monotonicNs() / 1e6,
        wallMs: () => systemWallClock.nowMs(),
        processorMs: () => {
          const { user, system } = process.cpuUsage();
          return (user + system) / 1000;
        },
        every,
      },
    },
    listen,
  );
  const url = `${shownAddress({ host: listen.host, port: server.port })}/`;
  if (options.json) output.data(`${JSON.stringify({ url, directory, token: made })}\n`);
  else {
    output.data(`${url}\n`);
    output.message(`apbus: shows ${options.capture ?? directory}; Ctrl-C ends it\n`);
    if (made !== undefined) output.message(`apbus: to log in, with this token, which is not shown again: ${made}\n`);
  }
  await untilTold((told) => once(told, 'abort'));
  await server.close();
  return ExitCode.OK;
}
