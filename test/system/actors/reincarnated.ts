/*
 * In a pid namespace of its own: starts a consumer of channel `test` that holds everything up, says `attached` and its
 * number; when told to `kill`, kills it, starts processes until one has the same number, and says `reused` and that
 * number. Argument: directory.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync, writeSync } from 'node:fs';
import { commands, script } from '../../kit/processes.js';

const [directory = ''] = process.argv.slice(2);
const ATTEMPTS = 50;

const victim = spawn(process.execPath, [script(import.meta.url, './mortal.js'), directory, 'hold', 'exit'], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
await once(victim.stdout, 'data');
writeSync(1, `attached ${victim.pid}\n`);

for await (const command of commands()) {
  if (command !== 'kill') continue;
  victim.kill('SIGKILL');
  await once(victim, 'exit');
  const heir = await withPid(victim.pid!);
  writeSync(1, `reused ${heir.pid}\n`);
}

/** A process that lives on under that number: the kernel is told where to go on counting. */
async function withPid(pid: number): Promise<ChildProcess> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    writeFileSync('/proc/sys/kernel/ns_last_pid', `${pid - 1}`);
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    if (child.pid === pid) return child;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  throw new Error(`the number ${pid} was not to be had`);
}
