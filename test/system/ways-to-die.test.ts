import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Producer } from '#src/channel/producer.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { TemporaryChannel, numbered } from '../kit/temporary-channel.js';

/** How an endpoint may end, beside SIGKILL; with what becomes of the process. */
const WAYS: readonly { way: string; signal?: NodeJS.Signals; nodeFlags?: readonly string[]; end: RegExp }[] = [
  { way: 'exit', end: /^0$/ },
  { way: 'uncaught exception', end: /^1$/ },
  { way: 'unhandled rejection', end: /^1$/ },
  { way: 'abort', end: /^SIGABRT$/ },
  { way: 'heap limit', nodeFlags: ['--max-old-space-size=16'], end: /^(SIGABRT|SIGTRAP|SIGILL|134)$/ },
  { way: 'signal', signal: 'SIGTERM', end: /^SIGTERM$/ },
  { way: 'signal', signal: 'SIGINT', end: /^SIGINT$/ },
  { way: 'signal', signal: 'SIGSEGV', end: /^SIGSEGV$/ },
  { way: 'leaving a child', signal: 'SIGKILL', end: /^SIGKILL$/ },
];

async function mortal(
  t: TestContext,
  { directory }: TemporaryChannel,
  role: string,
  { way, nodeFlags = [] }: (typeof WAYS)[number],
): Promise<TestProcess> {
  const process = startProcess(t, script(import.meta.url, './actors/mortal.js'), [directory, role, way], { nodeFlags });
  await process.line('ready');
  return process;
}

/** Has it die as it is told, and checks that it did. */
async function die(t: TestContext, victim: TestProcess, { way, signal, end }: (typeof WAYS)[number]): Promise<void> {
  victim.send('die');
  if (way === 'leaving a child') {
    const pid = Number((await victim.line('child')).slice(6));
    t.after(() => process.kill(pid, 'SIGKILL'));
  }
  if (signal !== undefined) victim.signal(signal);
  const { code, signal: killedBy } = await victim.ended();
  assert.match(String(killedBy ?? code), end);
}

function fill(producer: Producer): number {
  let written = 0;
  while (producer.tryWrite(numbered(0, 1000)) >= 0) written++;
  return written;
}

for (const fault of WAYS) {
  const name = fault.signal === undefined || fault.way !== 'signal' ? fault.way : fault.signal;
  describe(`a process that ends by ${name}`, () => {
    it('inside a claim of an MPMC channel costs that message, and no more', async (t) => {
      const channel = new TemporaryChannel(t, { type: 'MPMC', timeoutMs: 2000 });
      const consumer = channel.consumer();
      const producer = channel.producer();
      const victim = await mortal(t, channel, 'claim', fault);
      producer.write(numbered(1));
      assert.equal(consumer.read(), undefined, 'it stands before the claim');
      await die(t, victim, fault);
      assert.equal(consumer.waitSync(2000), true);
      assert.equal(consumer.read()?.sequence, 1);
      assert.equal(consumer.lost, 1);
    });

    it('inside a claim of an SPSC channel leaves nothing behind, and its successor goes on', async (t) => {
      const channel = new TemporaryChannel(t, { type: 'SPSC' });
      const consumer = channel.consumer();
      await die(t, await mortal(t, channel, 'claim', fault), fault);
      assert.equal(channel.producer().write(numbered(7)), 0);
      assert.equal(consumer.read()?.sequence, 0);
      assert.equal(consumer.lost, 0);
    });

    it('as a consumer that held everything up lets writers go on', async (t) => {
      const channel = new TemporaryChannel(t, { type: 'SPMC', timeoutMs: 5000 });
      const producer = channel.producer();
      const victim = await mortal(t, channel, 'hold', fault);
      const written = fill(producer);
      await die(t, victim, fault);
      assert.equal(producer.write(numbered(0, 1000)), written);
    });
  });
}
