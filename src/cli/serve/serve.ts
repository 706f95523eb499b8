import { once } from 'node:events';
import type { Command } from 'commander';
import { healthSurroundings } from '../../bus/bus-health.js';
import { tokenFromFile } from '../../http/access-token.js';
import type { Route } from '../../http/gate.js';
import { HttpServer } from '../../http/http-server.js';
import { defaultListen, parseListen, shownAddress } from '../../http/listen-address.js';
import { BusLooker, DEFAULT_LIMITS } from '../../observe/metrics/bus-look.js';
import { Scraper } from '../../observe/metrics/exposition.js';
import { ExitCode } from '../exit-code.js';
import { expectDirectory, findChannels, type Found, type LookOptions } from '../look/found-channels.js';
import type { Output } from '../output.js';
import { parseWhole } from '../place.js';
import { untilTold } from '../signals.js';
import { MetricsText } from './metrics-text.js';
import { readiness } from './readiness.js';
import { SharedAnswer } from './shared-answer.js';
import { UnusableLog } from './unusable-log.js';

const PORT = 9464;

export interface ServeOptions extends LookOptions {
  readonly listen?: string;
  readonly tokenFile?: string;
  readonly channelsMax?: string;
  readonly endpointsMax?: string;
  readonly json?: true;
}

export function addServe(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('serve')
    .description('exposes the metrics of all channels of a directory to Prometheus, over HTTP')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml, if it is there)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option(
      '--listen <address>',
      `a port, or host:port (default: ${defaultListen(PORT)}); beyond this machine only with a token`,
    )
    .option('--token-file <file>', 'clients must say what is in it: Authorization: Bearer TOKEN')
    .option('--channels-max <count>', `channels that are exposed (default: ${DEFAULT_LIMITS.channels})`)
    .option('--endpoints-max <count>', `endpoints of each of them (default: ${DEFAULT_LIMITS.endpoints})`)
    .option('--json', 'print where it listens as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  apbus serve\n  apbus serve --listen 0.0.0.0:9464 --token-file /etc/apbus/token\n  curl http://127.0.0.1:9464/metrics',
    )
    .action(async (options: ServeOptions) => finish(await serve(options, output)));
}

/** `apbus serve`; resolves when the process is told to end. */
export async function serve(options: ServeOptions, output: Output): Promise<ExitCode> {
  const listen = parseListen(options.listen ?? defaultListen(PORT), PORT);
  const token = options.tokenFile === undefined ? undefined : tokenFromFile(options.tokenFile);
  const limits = {
    channels: parseWhole(options.channelsMax ?? String(DEFAULT_LIMITS.channels), '--channels-max', 1, 10_000),
    endpoints: parseWhole(options.endpointsMax ?? String(DEFAULT_LIMITS.endpoints), '--endpoints-max', 1, 128),
  };
  expectDirectory(options);
  const found = await findChannels(options);
  const { directory } = found;
  using looker = new BusLooker(directory, limits);
  const routes = routesOf(looker, output, found);
  await untilTold(async (told) => {
    await using server = await HttpServer.listen({ listen, token, routes });
    const address = shownAddress({ host: listen.host, port: server.port });
    const paths = [...routes.keys()];
    output.data(
      options.json
        ? `${JSON.stringify({ address, directory, paths })}\n`
        : `${paths.map((path) => `${address}${path}`).join('\n')}\nof ${directory}; Ctrl-C ends it\n`,
    );
    if (!told.aborted) await once(told, 'abort');
  });
  return ExitCode.OK;
}

function routesOf(looker: BusLooker, output: Output, { health, channels }: Found): ReadonlyMap<string, Route> {
  const log = new UnusableLog((line) => output.message(`apbus serve: ${line}`));
  const metrics = new MetricsText(new Scraper(looker), ({ unusable }) => log.see(unusable));
  const surroundings = healthSurroundings(channels.map(({ configured }) => configured));
  const ready = new SharedAnswer(() => readiness(looker.seen(), health?.thresholds, surroundings));
  return new Map<string, Route>([
    ['/metrics', { isOpen: false, answer: () => metrics.answer() }],
    [
      '/readyz',
      {
        isOpen: true,
        answer: async ({ isKnown }) => {
          const { status, reasons } = await ready.get();
          return { status, body: isKnown ? reasons : status === 200 ? 'ready\n' : 'not ready\n' };
        },
      },
    ],
    ['/healthz', { isOpen: true, answer: async () => canLook(looker) }],
  ]);
}

/** Whether this process can do what it is for; it says nothing about the bus. */
function canLook(looker: BusLooker): { status: number; body: string } {
  try {
    looker.check();
    return { status: 200, body: 'ok\n' };
  } catch {
    return { status: 503, body: 'the directory of the bus cannot be looked into\n' };
  }
}
