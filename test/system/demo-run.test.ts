import assert from 'node:assert/strict';
import { it } from 'node:test';
import { script, startProcess } from '../kit/processes.js';

it('the demo under apbus run survives a kill of each service, is recorded completely, and replays what was live', async (t) => {
  const demo = startProcess(t, script(import.meta.url, '../../examples/pipeline/supervised/main.js'), [
    '--between-kills',
    '200',
  ]);
  await demo.succeeded(120_000);
  assert.match(demo.lines.at(-2) ?? '', /^journal: (\d+) records, the channel has \1: complete$/);
  assert.match(
    demo.lines.at(-1) ?? '',
    /^replay: (\d+) messages from .* a live consumer got \1: the same, byte for byte$/,
  );
});
