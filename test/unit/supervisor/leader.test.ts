import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { Leadership, leaderPid, startTicksOf } from '#src/supervisor/leader.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';

it('a note says who leads, and which of its processes are still there', (t) => {
  const directory = temporaryDirectory(t);
  const lead = Leadership.take(directory)!;
  t.after(() => lead.release());
  lead.note([{ service: 'here', pid: process.pid }]);
  assert.equal(leaderPid(directory), process.pid);
  assert.deepEqual(lead.leftovers(), [{ service: 'here', pid: process.pid, startTicks: startTicksOf(process.pid) }]);
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
