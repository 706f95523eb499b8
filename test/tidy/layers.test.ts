import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exampleViolationsIn, violationsIn } from '../../scripts/layers/violations.js';

/** Sources that break a rule: file, text, and what the complaint must say. */
const BROKEN: readonly [path: string, source: string, complaint: RegExp][] = [
  ['ring/walker.ts', `import { Producer } from '../channel/producer.js';`, /ring is not above channel/],
  ['ring/walker.ts', `import type { Producer } from '../channel/producer.js';`, /ring is not above channel/],
  ['ring/walker.ts', `import { type Producer, write } from '../channel/producer.js';`, /ring is not above channel/],
  ['layout/struct.ts', `export { x } from '../ring/codes.js';`, /layout is not above ring/],
  ['layout/struct.ts', `export * from '../ring/codes.js';`, /layout is not above ring/],
  ['layout/struct.ts', `export * as codes from '../ring/codes.js';`, /layout is not above ring/],
  ['layout/struct.ts', `export type { X } from '../ring/codes.js';`, /layout is not above ring/],
  ['memory/mapped-buffer.ts', `const late = await import('../bus/message-bus.js');`, /memory is not above bus/],
  ['memory/mapped-buffer.ts', `let x: import('../bus/message-bus.js').MessageBus;`, /memory is not above bus/],
  ['memory/mapped-buffer.ts', `import '../bus/message-bus.js';`, /memory is not above bus/],
  ['journal/writer.ts', `import { MessageBus } from '../bus/message-bus.js';`, /journal is not above bus/],
  ['bus/message-bus.ts', `import { doctor } from '../cli/doctor.js';`, /bus is not above cli/],
  ['channel/producer.ts', `import { MessageBus } from '../index.js';`, /channel is not above entry/],
  ['index.ts', `export { run } from './cli/apbus.js';`, /entry is not above cli/],
  [
    'bus/message-bus.ts',
    `import { parseMessage } from '../protocol/index.js';`,
    /only cli, tracing, the examples and the tests/,
  ],
  ['index.ts', `export { parseMessage } from './protocol/index.js';`, /only cli, tracing, the examples and the tests/],
  ['protocol/parser.ts', `import { BusError } from '../platform/bus-error.js';`, /protocol imports nothing but itself/],
  ['protocol/parser.ts', `import { Buffer } from 'node:buffer';`, /protocol imports nothing but itself/],
  ['ring/walker.ts', `import { parse } from 'smol-toml';`, /only bus\/config may use smol-toml/],
  ['bus/message-bus.ts', `import { parse } from 'smol-toml';`, /only bus\/config may use smol-toml/],
  ['bus/config/load-toml.ts', `import { Command } from 'commander';`, /only cli may use commander/],
  ['cli/apbus.ts', `import chalk from 'chalk/index.js';`, /chalk is no dependency/],
  ['cli/apbus.ts', `import { readFileSync } from 'fs';`, /write node:fs/],
  [
    'cli/apbus.ts',
    `import { temporaryDirectory } from '../../test/kit/temporary-channel.js';`,
    /nothing outside itself/,
  ],
  ['channel/claim.ts', `import { CELL_BYTES } from '#src/layout/schema.js';`, /imports are relative/],
  ['channel/claim.ts', `import { BusError } from 'alphapulse-bus';`, /imports are relative/],
  ['bus/config/index.ts', `const name = 'x'; await import(name);`, /computed/],
  ['bus/config/index.ts', 'await import(`../../cli/${name}.js`);', /computed/],
  ['ring/walker.ts', `Atomics.load(view, 0);`, /only src\/memory\/mapped-buffer\.ts may/],
  ['ring/walker.ts', 'const text = `${Atomics.load(view, 0)}`;', /only src\/memory\/mapped-buffer\.ts may/],
  ['ring/walker.ts', `const { load } = globalThis.Atomics;`, /only src\/memory\/mapped-buffer\.ts may/],
  ['channel/claim.ts', `const now = Date.now();`, /reads the time; only src\/platform\/clock\.ts may/],
  ['channel/claim.ts', `const now = new Date();`, /reads the time/],
  ['channel/claim.ts', `const now = performance.now();`, /reads the time/],
  ['channel/claim.ts', `const now = process.hrtime.bigint();`, /reads the time/],
  ['channel/claim.ts', `import { hrtime } from 'node:process';`, /reads the time/],
  ['channel/claim.ts', `import { performance as p } from 'node:perf_hooks';`, /reads the time/],
  ['bus/message-bus.ts', `setTimeout(check, 100);`, /waits by a timer/],
  ['bus/message-bus.ts', `import { setTimeout as later } from 'node:timers/promises';`, /waits by a timer/],
  ['bus/message-bus.ts', `import { createRequire } from 'node:module';`, /loads native code/],
  ['bus/message-bus.ts', `process.dlopen(module, path);`, /loads native code/],
  ['bus/message-bus.ts', `const path = '../native/build/alphapulse_bus.node';`, /loads native code/],
];

const SOUND: readonly [path: string, source: string][] = [
  [
    'channel/producer.ts',
    `import { walk } from '../ring/walker.js';\nimport type { Native } from '../platform/native.js';`,
  ],
  ['channel/producer.ts', `import { Claim } from './claim.js';\nimport { join } from 'node:path';`],
  ['cli/doctor.ts', `import { BusError } from '../index.js';\nimport { TlvType } from '../protocol/index.js';`],
  ['cli/apbus.ts', `import { Command } from 'commander';`],
  ['bus/config/load-toml.ts', `import { parse } from 'smol-toml';`],
  ['platform/late-modules.ts', `process.getBuiltinModule('node:net');`],
  ['protocol/parser.ts', `import { crc32 } from './crc.js';`],
  ['memory/mapped-buffer.ts', `Atomics.store(view, 0, 1);`],
  [
    'platform/load-native.ts',
    `import { createRequire } from 'node:module';\ncreateRequire(u)('../../native/build/x.node');`,
  ],
  ['ring/walker.ts', `// import { Producer } from '../channel/producer.js'; Atomics.load; Date.now()`],
  ['ring/walker.ts', `/** Unlike {@link Atomics.load}: see import('../bus/message-bus.js'). */`],
  ['ring/walker.ts', `const text = "Atomics.load() and Date.now() and import x from '../bus/y.js'";`],
  ['ring/walker.ts', 'const text = `Atomics ${1 + `${2}`} Date.now()`;'],
  ['ring/walker.ts', `const pattern = /Atomics['"]|Date.now\\(\\)/; const half = a / b / c;`],
  ['cli/channels.ts', `const shown = new Date(ms).toISOString();`],
  ['cli/channels.ts', `const here = import.meta.url;`],
  ['cli/channels.ts', `export const from = 'x'; const o = { import: 1, export: 2 };`],
];

describe('the layer check', () => {
  for (const [path, source, complaint] of BROKEN) {
    it(`refuses in ${path}: ${source}`, () => {
      const found = violationsIn(path, `\n${source}`);
      assert.equal(found.length, 1, JSON.stringify(found));
      assert.match(found[0]?.reason ?? '', complaint);
      assert.equal(found[0]?.line, 2);
    });
  }

  for (const [path, source] of SOUND) {
    it(`accepts in ${path}: ${source}`, () => assert.deepEqual(violationsIn(path, source), []));
  }

  it('refuses a folder that has no rank', () => {
    assert.match(violationsIn('kitchen/sink.ts', 'export const x = 1;')[0]?.reason ?? '', /layer kitchen has no rank/);
  });

  it('finds an import whose names stand on several lines, between other statements', () => {
    const source = `import {\n  a,\n  type B as C,\n} from '../ring/codes.js';\nexport const x = 1;\nexport { y } from '../bus/y.js';`;
    const lines = violationsIn('memory/m.ts', source).map(({ line }) => line);
    assert.deepEqual(lines, [1, 6]);
  });

  it('says so when it cannot read a source, and does not pass it', () => {
    assert.throws(() => violationsIn('ring/x.ts', "const open = 'abc"), /line 1: a string that does not end/);
    assert.throws(() => violationsIn('ring/x.ts', '\nconst open = `abc'), /line 2: a template that does not end/);
  });
});

describe('the layer check of examples', () => {
  it('lets them import the package, its subpaths, its optional peer, Node and each other', () => {
    const source = `import 'alphapulse-bus'; import 'alphapulse-bus/protocol'; import '@opentelemetry/api'; import 'node:fs'; import '../stage/tally.js';`;
    assert.deepEqual(exampleViolationsIn('pipeline/services/x.ts', source), []);
  });

  for (const specifier of [
    '#src/ring/codes.js',
    '../../src/index.js',
    '../../dist/index.js',
    'commander',
    'alphapulse-bus-x',
  ]) {
    it(`refuses ${specifier}`, () => {
      assert.match(exampleViolationsIn('pipeline/main.ts', `import '${specifier}';`)[0]?.reason ?? '', /by its name/);
    });
  }
});
