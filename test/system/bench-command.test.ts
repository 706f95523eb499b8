import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { script, startProcess } from '../kit/processes.js';

const APBUS = script(import.meta.url, '../../../dist/cli/apbus.js');

describe('apbus bench', () => {
  it('measures every type and a round trip, and leaves no segment', async (t) => {
    // long enough for both processes to get a processor on a machine that is busy with other things
    const bench = startProcess(t, APBUS, ['bench', '--duration', '300ms', '--json']);
    await bench.succeeded();
    const { results } = JSON.parse(bench.lines.join('\n')) as { results: Record<string, number | string>[] };
    const rates = results.filter(({ name }) => name === 'throughput');
    assert.equal(rates.length, 8);
    for (const { messagesPerSecond } of rates) assert.ok(Number(messagesPerSecond) > 0);
    const trip = results.find(({ name }) => name === 'round trip');
    assert.ok(Number(trip?.['p50Ns']) > 0 && Number(trip?.['p50Ns']) <= Number(trip?.['maxNs']));
    const left = readdirSync('/dev/shm').filter((name) => name.startsWith(`alphapulse-bench-${bench.pid}-`));
    assert.deepEqual(left, []);
  });

  it('ends with what it has when it is interrupted, with exit code 1', async (t) => {
    const bench = startProcess(t, APBUS, ['bench', '--duration', '60s', '--json']);
    // once: a second one, when it has begun to end, is for the kernel
    const interrupt = setInterval(() => {
      if (!bench.stderr.includes('measurements')) return;
      clearInterval(interrupt);
      bench.signal('SIGINT');
    }, 20);
    t.after(() => clearInterval(interrupt));
    const { code } = await bench.ended();
    assert.equal(code, 1);
    assert.deepEqual((JSON.parse(bench.lines.join('\n')) as { results: unknown[] }).results, []);
  });
});
