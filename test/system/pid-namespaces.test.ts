import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it, type TestContext } from 'node:test';
import { BusError } from '#src/platform/bus-error.js';
import type { Producer } from '#src/channel/producer.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { TemporaryChannel, numbered } from '../kit/temporary-channel.js';

const OWN_NAMESPACE = ['unshare', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
const mayUnshare = spawnSync(OWN_NAMESPACE[0]!, [...OWN_NAMESPACE.slice(1), 'true']).status === 0;
const needs = mayUnshare ? {} : { skip: 'needs unshare and the right to make a pid namespace' };

async function inNamespace(t: TestContext, { directory }: TemporaryChannel, role: string): Promise<TestProcess> {
  const path = script(import.meta.url, './actors/mortal.js');
  const process = startProcess(t, path, [directory, role, 'exit'], { under: OWN_NAMESPACE });
  // its own number there is one of the smallest, which here belongs to somebody else or nobody
  assert.ok(Number((await process.line('ready')).slice(6)) < 10);
  return process;
}

const backpressure = (error: unknown): boolean => BusError.is(error, 'ERR_BACKPRESSURE');

function fill(producer: Producer): number {
  let written = 0;
  while (producer.tryWrite(numbered(0, 1000)) >= 0) written++;
  return written;
}

describe('an endpoint in another pid namespace', needs, () => {
  it('is alive as long as it lives, whoever has its number here, and dead when it is dead', async (t) => {
    const channel = new TemporaryChannel(t, { type: 'MPMC', timeoutMs: 200 });
    const producer = channel.producer();
    const holder = await inNamespace(t, channel, 'hold');
    const written = fill(producer);
    assert.throws(() => producer.write(numbered(0, 1000)), backpressure, 'it is not given up');
    holder.send('die');
    await holder.ended();
    assert.equal(producer.write(numbered(0, 1000)), written);
  });

  it('has its claim repaired when it is dead, and not before', async (t) => {
    const channel = new TemporaryChannel(t, { type: 'MPSC' });
    const consumer = channel.consumer();
    const producer = channel.producer();
    const claimer = await inNamespace(t, channel, 'claim');
    producer.write(numbered(1));
    assert.equal(consumer.waitSync(300), false);
    claimer.send('die');
    await claimer.ended();
    assert.equal(consumer.waitSync(2000), true);
    assert.equal(consumer.read()?.sequence, 1);
    assert.equal(consumer.lost, 1);
  });
});

describe('a process number that is used again', needs, () => {
  it('does not keep the dead alive whose number it was', async (t) => {
    const channel = new TemporaryChannel(t, { type: 'SPSC', timeoutMs: 2000 });
    const producer = channel.producer();
    const path = script(import.meta.url, './actors/reincarnated.js');
    const launcher = startProcess(t, path, [channel.directory], { under: OWN_NAMESPACE });
    const [victim] = (await launcher.line('attached')).split(' ').slice(1);
    const written = fill(producer);
    launcher.send('kill');
    const [heir] = (await launcher.line('reused')).split(' ').slice(1);
    assert.equal(heir, victim, 'another process has its number now');
    assert.equal(producer.write(numbered(0, 1000)), written);
  });
});
