import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complaintsAbout, strayLinks, type Packed } from '../../scripts/package/contents.js';

const FILES = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/protocol/index.js',
  'dist/protocol/index.d.ts',
  'dist/observe/index.js',
  'dist/observe/index.d.ts',
  'dist/journal/index.js',
  'dist/journal/index.d.ts',
  'dist/journal/recorder-worker.js',
  'dist/cli/bench/process.js',
  'dist/cli/torture/endpoint.js',
  'dist/chunks/bus-x.js',
  'dist/chunks/commander.LICENSE.txt',
  'dist/chunks/smol-toml.LICENSE.txt',
  'dist/page/index.html',
  'dist/page/login.html',
  'dist/page/page.js',
  'dist/page/page.css',
  'dist/page/icon.svg',
  'dist/page/uplot.css',
  'dist/page/uplot.LICENSE.txt',
  'dist/supervisor/index.js',
  'dist/supervisor/index.d.ts',
  'dist/tracing/index.js',
  'dist/tracing/index.d.ts',
  'dist/cli/apbus.js',
  'docs/design.md',
  'examples/README.md',
  'examples/quick-start.ts',
  'native/include/alphapulse_bus_layout.h',
  'native/prebuilt/SHA256SUMS',
  'native/prebuilt/linux-x64/alphapulse_bus.node',
  'native/prebuilt/linux-arm64/alphapulse_bus.node',
];

function packed(paths: readonly string[], size = 400_000): Packed {
  return { filename: 'x.tgz', size, unpackedSize: 2 * size, files: paths.map((path) => ({ path })) };
}

const always = (): boolean => true;

describe('the check of what is packed', () => {
  it('passes a whole package', () => assert.deepEqual(complaintsAbout(packed(FILES), always), []));

  for (const path of ['LICENSE', 'dist/index.d.ts', 'native/prebuilt/linux-arm64/alphapulse_bus.node']) {
    it(`misses ${path}`, () => {
      const without = FILES.filter((file) => file !== path);
      assert.deepEqual(complaintsAbout(packed(without), always), [`${path} is missing`]);
    });
  }

  for (const path of [
    'build/test/a.js',
    'test/a.ts',
    'bench/main.ts',
    'dist/index.js.map',
    'dist/a.tsbuildinfo',
    'native/build/alphapulse_bus.node',
    'src/index.ts',
  ]) {
    it(`refuses ${path}`, () => {
      assert.deepEqual(complaintsAbout(packed([...FILES, path]), always), [`${path} does not belong in it`]);
    });
  }

  it('refuses output whose source is gone, and a tarball that is too large', () => {
    const stale = complaintsAbout(packed(FILES), (path) => path !== 'src/protocol/index.ts');
    assert.equal(stale.length, 2);
    assert.match(stale[0] ?? '', /left from src\/protocol\/index\.ts, which is gone/);
    assert.deepEqual(complaintsAbout(packed(FILES, 900_001), always), ['900001 bytes; at most 900000']);
  });

  it('finds links that lead out of the package, and lets those inside, to the web and to nowhere pass', () => {
    const page =
      '[a](design.md#words) [b](../examples/) [c](../native/README.md) [d](https://x.y/z) [e](#e) [f](gone.md)';
    const isThere = (path: string): boolean => path !== 'docs/gone.md';
    assert.deepEqual(strayLinks('docs/x.md', page, packed(FILES), isThere), [
      'docs/x.md links to native/README.md, which is not in it',
    ]);
  });
});
