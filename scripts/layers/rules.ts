/*
 * Who may import whom, and which powers belong to one file alone. docs/design.md explains the layers; this is where
 * they are written down for the machine. A new folder in src/ gets its rank here first.
 */

/** Imports go from a higher rank to a lower one; layers of one rank do not know each other. */
const RANKS: readonly (readonly string[])[] = [
  ['platform'],
  // of requests from elsewhere: who is answered, within which limits; it knows nothing of a bus
  ['memory', 'http'],
  ['layout'],
  ['ring'],
  ['channel'],
  ['liveness'],
  ['journal'],
  ['observe'],
  ['bus'],
  ['supervisor', 'bridge', 'dashboard', 'tracing'],
  // the package's public entry points: files directly in src/
  ['entry'],
  ['cli'],
];

/** The message format stands beside the layers: it imports none of them, and of them only the named ones import it. */
export const STANDALONE = 'protocol';
const IMPORTS_STANDALONE = ['cli', 'tracing', STANDALONE];

/** npm packages by the folder that may use them; all other folders use none. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'bus/config': ['smol-toml'],
  cli: ['commander'],
  tracing: ['@opentelemetry/api'],
  // types alone: an optional peer, which whoever has a meter has
  observe: ['@opentelemetry/api'],
  // bundled into what the browser gets
  'dashboard/page': ['uplot'],
};

/** A power that only the named files have, and how it is recognised in a source. */
export interface Privilege {
  readonly what: string;
  /** Paths from src/; one that ends in a slash means a folder. */
  readonly holders: readonly string[];
  /** Words and marks in a row that use the power. */
  readonly uses?: readonly (readonly string[])[];
  /** Modules whose import uses it. */
  readonly modules?: readonly string[];
  /** String literals that end so use it. */
  readonly literalEnd?: string;
}

export const PRIVILEGES: readonly Privilege[] = [
  {
    what: 'loads native code',
    holders: ['platform/load-native.ts'],
    uses: [['createRequire'], ['process', '.', 'dlopen'], ['dlopen']],
    modules: ['node:module', 'module'],
    literalEnd: '.node',
  },
  {
    what: 'loads modules of Node.js late',
    holders: ['platform/late-modules.ts'],
    uses: [['getBuiltinModule']],
  },
  { what: 'names Atomics', holders: ['memory/mapped-buffer.ts'], uses: [['Atomics']] },
  {
    what: 'reads the time',
    holders: ['platform/clock.ts'],
    uses: [
      ['Date', '.', 'now'],
      ['new', 'Date', '(', ')'],
      ['new', 'Date', ';'],
      ['Date', '(', ')'],
      ['performance'],
      ['hrtime'],
    ],
    modules: ['node:perf_hooks', 'perf_hooks'],
  },
  {
    what: 'waits by a timer of the event loop',
    // ticker: the one heartbeat of a thread; pause: what the command waits for; timers: delays of
    // restarts and the supervisor's looks; connection: in the browser, before it tries again;
    // http-server: for answers under way when it is told to end
    holders: [
      'channel/loop-sleep.ts',
      'cli/pause.ts',
      'dashboard/page/connection.ts',
      'http/http-server.ts',
      'liveness/ticker.ts',
      'supervisor/timers.ts',
    ],
    uses: [['setTimeout'], ['setInterval'], ['setImmediate']],
    modules: ['node:timers', 'node:timers/promises', 'timers', 'timers/promises'],
  },
];

/** The layer of a file, by its path from src/. */
export function layerOf(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? 'entry' : path.slice(0, slash);
}

/** Whether the layer has a place at all. */
export function isKnownLayer(layer: string): boolean {
  return layer === STANDALONE || RANKS.some((rank) => rank.includes(layer));
}

/** Why a file of one layer may not import from the other; undefined when it may. */
export function importRefusal(from: string, to: string): string | undefined {
  if (to === STANDALONE)
    return IMPORTS_STANDALONE.includes(from) ? undefined : `only cli, tracing, the examples and the tests import ${to}`;
  if (from === STANDALONE) return `${STANDALONE} imports nothing but itself`;
  if (from === to) return undefined;
  return rankOf(to) < rankOf(from) ? undefined : `${from} is not above ${to}; imports go down only`;
}

function rankOf(layer: string): number {
  return RANKS.findIndex((rank) => rank.includes(layer));
}

/** Why a file (path from src/) may not import that npm package; undefined when it may. */
export function packageRefusal(path: string, name: string): string | undefined {
  const folders = Object.keys(PACKAGES).filter((folder) => PACKAGES[folder]?.includes(name));
  if (folders.some((folder) => path.startsWith(`${folder}/`))) return undefined;
  return folders.length === 0
    ? `${name} is no dependency that src/ may use`
    : `only ${folders.join(', ')} may use ${name}`;
}
