import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { isLed, Leadership, leaderPid } from '#src/supervisor/leader.js';
import { statOf } from '#src/supervisor/process-stat.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';

it('a note says who leads, and which processes it has started', (t) => {
  const directory = temporaryDirectory(t);
  const lead = Leadership.take(directory)!;
  t.after(() => lead.release());
  lead.note([{ service: 'here', pid: process.pid }]);
  assert.equal(leaderPid(directory), process.pid);
  const { startTicks } = statOf(process.pid)!;
  assert.deepEqual(lead.noted(), [{ service: 'here', pid: process.pid, startTicks }]);
});

it('a leader is known as such at once, and what a killed one has left is noted on until it has ended', (t) => {
  const directory = temporaryDirectory(t);
  const left = { service: 'left', pid: 4_000_000, startTicks: '1' };
  writeFileSync(join(directory, '.supervisor.json'), JSON.stringify({ pid: 3_999_999, processes: [left] }));
  const lead = Leadership.take(directory)!;
  t.after(() => lead.release());
  assert.equal(leaderPid(directory), process.pid);
  assert.deepEqual(lead.noted(), [left]);
});

it('what a leader has left in an earlier boot has ended, and whoever has its number now is left alone', (t) => {
  const directory = temporaryDirectory(t);
  const { startTicks } = statOf(process.pid)!;
  const left = { service: 'left', pid: process.pid, startTicks };
  const note = { pid: 3_999_999, boot: '00'.repeat(16), processes: [left] };
  writeFileSync(join(directory, '.supervisor.json'), JSON.stringify(note));
  const lead = Leadership.take(directory)!;
  t.after(() => lead.release());
  assert.deepEqual(lead.noted(), []);
});

it('a note that cannot be written is warned of, and the supervisor goes on', async (t) => {
  const directory = temporaryDirectory(t);
  const lead = Leadership.take(directory)!;
  t.after(() => lead.release());
  mkdirSync(join(directory, '.supervisor.json.new'));
  const warned = once(process, 'warning');
  lead.note([{ service: 'here', pid: process.pid }]);
  const [warning] = (await warned) as [Error];
  assert.match(warning.message, /cannot note which services run: EISDIR/);
});

it('whether somebody leads is seen without touching the lead', (t) => {
  const directory = temporaryDirectory(t);
  assert.equal(isLed(directory), false);
  const lead = Leadership.take(directory)!;
  assert.equal(isLed(directory), true);
  assert.equal(Leadership.take(directory), undefined);
  lead.release();
  assert.equal(isLed(directory), false);
});
