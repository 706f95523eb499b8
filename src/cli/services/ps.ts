import type { Command } from 'commander';
import { askSupervisor, type ServiceStatus } from '../../supervisor/index.js';
import { ExitCode } from '../exit-code.js';
import { findChannels, type LookOptions } from '../look/found-channels.js';
import { formatTable, type Output } from '../output.js';

export function addPs(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('ps')
    .description('lists the services that a supervisor runs, and how each is doing')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml, if it is there)')
    .option('--directory <path>', "where the segments live; goes before the configuration's")
    .option('--json', 'print NDJSON: a line for each service')
    .addHelpText('after', '\nExamples:\n  apbus ps\n  apbus ps --directory /dev/shm/alphapulse-1000 --json')
    .action(async (options: LookOptions & { json?: true }) => finish(await ps(options, output)));
}

/** `apbus ps` */
async function ps({ json, ...where }: LookOptions & { json?: true }, output: Output): Promise<ExitCode> {
  const services = await statusOfServices(where);
  if (json === true) for (const status of services) output.data(`${JSON.stringify(status)}\n`);
  else output.data(formatTable([HEADINGS, ...services.map(row)]));
  return ExitCode.OK;
}

/** Of all services of the supervisor that leads there. @throws BusError `ERR_NO_SUPERVISOR` */
export async function statusOfServices(where: LookOptions): Promise<ServiceStatus[]> {
  const { directory } = await findChannels(where);
  const services: ServiceStatus[] = [];
  const onService = (status: ServiceStatus): void => void services.push(status);
  await askSupervisor(directory, { command: 'ps', services: [], all: false, wait: true, onService });
  return services;
}

const HEADINGS = ['service', 'state', 'ready', 'pid', 'up', 'restarts', 'next start', 'last exit'];

function row(status: ServiceStatus): string[] {
  const { service, state, ready, late, pid, upMs, restarts, lastExit } = status;
  return [
    service,
    late ? `${state}, late` : state,
    ready ? 'yes' : 'no',
    pid === undefined ? '-' : String(pid),
    upMs === undefined ? '-' : formatSpan(upMs),
    String(restarts),
    nextStart(status),
    lastExit ?? '-',
  ];
}

function nextStart({ nextStartMs, waitsFor }: ServiceStatus): string {
  if (nextStartMs !== undefined) return `in ${formatSpan(nextStartMs)}`;
  return waitsFor.length === 0 ? '-' : `after ${waitsFor.join(', ')}`;
}

/** A span as people say it: its two greatest units. */
export function formatSpan(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 10) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${seconds % 60}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}
