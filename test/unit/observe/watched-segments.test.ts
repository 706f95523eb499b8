import assert from 'node:assert/strict';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { WatchedSegments } from '#src/observe/watched-segments.js';
import { Segment } from '#src/layout/segment.js';
import { BusError } from '#src/platform/bus-error.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';

const TICKS = { name: 'ticks', type: 'SPSC', capacity: 65_536, messageSizeMax: 1024 } as const;

describe('segments that are watched', () => {
  it('stay mapped from look to look', (t) => {
    const { segments } = watched(t);
    const first = segments.get('ticks');
    assert.ok(first instanceof Segment);
    assert.equal(segments.get('ticks'), first);
  });

  it('are let go when their file is removed, and the next one of the name is found', (t) => {
    const { segments, path, directory } = watched(t);
    const first = segments.get('ticks') as Segment;
    rmSync(path);
    assert.equal(segments.get('ticks'), undefined);
    assert.ok(!isMapped(path));
    create(directory);
    const second = segments.get('ticks');
    assert.ok(second instanceof Segment);
    assert.notEqual(second, first);
  });

  it('are let go when their file is cut off, before anybody reads a page that is gone', (t) => {
    const { segments, path } = watched(t);
    assert.ok(segments.get('ticks') instanceof Segment);
    truncateSync(path, 4096);
    const found = segments.get('ticks');
    assert.ok(BusError.is(found));
    assert.ok(!isMapped(path));
  });

  it('that cannot be looked at are told with their error, at each look', (t) => {
    const { segments, directory } = watched(t);
    writeFileSync(join(directory, 'other.ring'), 'x', { mode: 0o600 });
    for (let look = 0; look < 2; look++) assert.ok(BusError.is(segments.get('other')));
  });

  it('are let go when nobody asks for them any more, and at the end', (t) => {
    const { segments, path } = watched(t);
    segments.get('ticks');
    segments.keepOnly(['other']);
    assert.ok(!isMapped(path));
    segments.get('ticks');
    assert.ok(isMapped(path));
    segments[Symbol.dispose]();
    assert.ok(!isMapped(path));
  });
});

function watched(t: TestContext): { segments: WatchedSegments; directory: string; path: string } {
  const directory = temporaryDirectory(t);
  create(directory);
  const segments = new WatchedSegments(directory);
  t.after(() => segments[Symbol.dispose]());
  return { segments, directory, path: join(directory, 'ticks.ring') };
}

function create(directory: string): void {
  Segment.openOrCreate(directory, TICKS, { ringWritable: true }).close();
}

function isMapped(path: string): boolean {
  return readFileSync('/proc/self/maps', 'utf8').includes(path);
}
