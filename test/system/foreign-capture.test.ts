import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CONTROL, CONSUMER_SLOT, PRODUCER_SLOT, consumerSlotOffset, producerSlotOffset } from '#src/layout/schema.js';
import { PART_HEADER_BYTES, PREAMBLE_BYTES, PartKind, openPart, sealPart } from '#src/observe/capture/format.js';
import { captureChannels } from '#src/observe/capture/capture-channels.js';
import { RelayDomain, StageFlag, TlvMessageBuilder, withTrace } from '#src/protocol/index.js';
import { script, startProcess } from '../kit/processes.js';
import { apbus } from '../kit/run-apbus.js';
import { numbered, TemporaryChannel } from '../kit/temporary-channel.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

/** The bytes of a capture, with each part that `change` has changed sealed again. */
function edited(capture: Buffer, change: (kind: number, payload: Uint8Array) => Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [capture.subarray(0, PREAMBLE_BYTES)];
  for (let at = PREAMBLE_BYTES; at < capture.length;) {
    const header = openPart(capture.subarray(at))!;
    const payload = capture.subarray(at + PART_HEADER_BYTES, at + PART_HEADER_BYTES + header.bytes);
    at += PART_HEADER_BYTES + header.bytes;
    const changed = change(header.kind, payload);
    const part = new Uint8Array(PART_HEADER_BYTES + changed.length);
    part.set(changed, PART_HEADER_BYTES);
    sealPart(part, { ...header, bytes: changed.length });
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function traced(): Uint8Array {
  const at = 1_700_000_000_000_000_000n;
  const hop = {
    startTimestampNs: at,
    currentTimestampNs: at,
    sourceService: 4,
    spanDepth: 0,
    stageFlags: StageFlag.Collected,
  };
  const message = new TlvMessageBuilder(RelayDomain.MarketData, 4).addTlv(3, new Uint8Array(20)).build();
  return withTrace(message, hop, { traceId: TRACE, spanId: '00f067aa0ba902b7', flags: 1, tracestate: '' });
}

interface Shown {
  readonly captured: { readonly machine: string };
  readonly producers: readonly { name: string; pid: number; state: string }[];
  readonly consumers: readonly { name: string; pid: number; state: string; isStopped: boolean; loopLagMs?: number }[];
}

/** A process of this machine, stopped or not, whose pid somebody had elsewhere. */
async function bystander(t: TestContext, isStopped: boolean): Promise<number> {
  const process = startProcess(t, script(import.meta.url, './actors/idle-bystander.js'), []);
  await process.line('ready');
  if (isStopped) process.signal('SIGSTOP');
  return process.pid;
}

it('a capture of another machine is shown as of then: processes that have the same pids here are others', async (t) => {
  const channel = new TemporaryChannel(t, { type: 'MPMC' });
  const producer = channel.producer(true, 'feed');
  channel.consumer('latest', 'lively');
  const silent = channel.consumer('latest', 'silent');
  channel.deadConsumer('dead');
  producer.write(traced());
  for (let n = 0; n < 5; n++) producer.write(numbered(n));
  const folder = mkdtempSync(join(tmpdir(), 'apbus-foreign-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const home = join(folder, 'home.apcap');
  await captureChannels({ directory: channel.directory, channels: ['test'], file: home });
  const [here, stopped] = [await bystander(t, false), await bystander(t, true)];
  const bootId = 'ab'.repeat(16);
  const away = join(folder, 'away.apcap');
  // there the loop of "silent" had not turned for long; here its pid is that of a process that is stopped
  const { pid: ofProducer } = PRODUCER_SLOT.at;
  const { pid: ofConsumer, heartbeatNs, seenNs, lookedNs } = CONSUMER_SLOT.at;
  const bytes = edited(readFileSync(home), (kind, payload) => {
    if (kind === PartKind.HEAD) {
      const head = JSON.parse(Buffer.from(payload).toString()) as object;
      return Buffer.from(JSON.stringify({ ...head, bootId, machine: 'elsewhere', pid: here }));
    }
    if (kind !== PartKind.CONTROL) return payload;
    const control = Uint8Array.from(payload);
    const view = new DataView(control.buffer);
    control.set(Buffer.from(bootId, 'hex'), CONTROL.at.bootId);
    view.setUint32(CONTROL.at.creatorPid, here, true);
    view.setUint32(producerSlotOffset(0) + ofProducer, here, true);
    for (const [slot, pid] of [here, stopped, here].entries()) {
      view.setUint32(consumerSlotOffset(slot) + ofConsumer, pid, true);
    }
    view.setFloat64(consumerSlotOffset(1) + heartbeatNs, 1, true);
    view.setFloat64(consumerSlotOffset(1) + seenNs, 1, true);
    view.setFloat64(consumerSlotOffset(1) + lookedNs, 1, true);
    view.setFloat64(
      consumerSlotOffset(1) + CONSUMER_SLOT.at.seenPlace,
      view.getFloat64(consumerSlotOffset(1) + CONSUMER_SLOT.at.cursor, true),
      true,
    );
    return control;
  });
  writeFileSync(away, bytes, { mode: 0o600 });
  // all of them leave here meanwhile
  silent.close();
  const shown = async (...args: string[]): Promise<string> => {
    const { code, data, messages } = await apbus(...args, '--capture', away);
    assert.equal(code, 0, messages);
    return data;
  };
  const look = async (): Promise<Shown> => JSON.parse(await shown('stat', 'test', '--json')) as Shown;
  const { captured, producers, consumers } = await look();
  assert.equal(captured.machine, 'elsewhere');
  assert.deepEqual(
    [...producers, ...consumers].map(({ name, pid, state }) => [name, pid, state]),
    [
      ['feed', here, 'alive'],
      ['lively', here, 'alive'],
      ['silent', stopped, 'suspect'],
      ['dead', here, 'dead'],
    ],
  );
  assert.equal(consumers[1]?.isStopped, false, 'its process was not, there and then');
  await delay(50);
  assert.deepEqual((await look()).consumers, consumers, 'time does not pass there');
  const health = await apbus('health', '--json', '--capture', away);
  const { findings } = JSON.parse(health.data) as { findings: { code: string; endpoint?: { name: string } }[] };
  assert.deepEqual(findings.map(({ code, endpoint }) => `${code} ${endpoint?.name}`).sort(), [
    'endpoint-dead dead',
    'event-loop-blocked silent',
  ]);
  assert.match(await shown('ls'), /test +MPMC .* live at capture/);
  assert.equal((await shown('tail', 'test', '--json')).trim().split('\n').length, 6);
  const { messages } = JSON.parse(await shown('trace', TRACE, '--json')) as {
    messages: { sequence: number; found: string }[];
  };
  assert.deepEqual(
    messages.map(({ sequence }) => sequence),
    [0],
  );
  assert.equal((await shown('replay', 'test', '--speed', 'max', '--json')).trim().split('\n').length, 6);
});
