import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { Quarantine, QuarantineState } from '#src/channel/quarantine.js';
import { askForRedelivery } from '#src/channel/redelivery.js';
import type { StartFrom } from '#src/channel/start-from.js';
import { quarantinePath } from '#src/layout/directory.js';
import { BusError } from '#src/platform/bus-error.js';
import type { MessageView } from '#src/ring/message-view.js';
import { TemporaryChannel, numberOf, numbered } from '../../kit/temporary-channel.js';

function careful(
  t: TestContext,
  channel: TemporaryChannel,
  quarantineAfter: number,
  from: StartFrom = 'resume',
): Consumer {
  const policy = { ...DEFAULT_POLICY, quarantineAfter };
  const consumer = new Consumer(channel.segment(false), { name: 'reader', from, policy });
  t.after(() => consumer.close());
  return consumer;
}

/** A handler that cannot stand some messages, and notes the others. */
function fussy(seen: number[], ...bad: number[]): (message: MessageView) => void {
  return ({ buffer, offset, length }) => {
    const n = numberOf(buffer, offset, length);
    if (bad.includes(n)) throw new Error(`cannot stand ${n}`);
    seen.push(n);
  };
}

function failTimes(consumer: Consumer, times: number, handler: (message: MessageView) => void): void {
  for (let n = 0; n < times; n++) assert.throws(() => consumer.poll(handler), /cannot stand/);
}

for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const) {
  describe(`a message at which the handler throws, on a ${type} channel`, () => {
    it('is set aside after as many failures as the policy says, and everything else is delivered once', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer(true, 'feed');
      const consumer = careful(t, channel, 3);
      for (let n = 0; n < 10; n++) producer.write(numbered(n, 100));
      const seen: number[] = [];
      failTimes(consumer, 3, fussy(seen, 4));
      assert.deepEqual(seen, [0, 1, 2, 3]);
      assert.equal(consumer.poll(fussy(seen, 4)), 5, 'the one set aside is not counted');
      assert.deepEqual(seen, [0, 1, 2, 3, 5, 6, 7, 8, 9]);
      assert.equal(consumer.sequence, 10);
      assert.equal(consumer.lost, 0, 'nothing is lost: it is kept');
      const [entry, ...others] = new Quarantine(channel.directory, 'test').list();
      assert.equal(others.length, 0);
      const { sequence, failures, reason, error, bytes, producer: from, state } = entry!;
      assert.deepEqual(
        { sequence, failures, reason, error, bytes, from, state },
        {
          sequence: 4,
          failures: 3,
          reason: 'threw',
          error: 'Error: cannot stand 4',
          bytes: 100,
          from: 'feed',
          state: 'msg',
        },
      );
    });

    it('is forgiven when it goes well before that, and its failures are counted anew', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = careful(t, channel, 3);
      for (let n = 0; n < 3; n++) producer.write(numbered(n));
      const seen: number[] = [];
      failTimes(consumer, 2, fussy(seen, 0));
      assert.equal(consumer.poll(fussy(seen), 1), 1);
      consumer.seek({ sequence: 0 });
      failTimes(consumer, 2, fussy(seen, 0));
      assert.deepEqual(new Quarantine(channel.directory, 'test').list(), []);
    });

    it('is handed over again when somebody asks for it, with its stamps, and is gone when that went well', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = careful(t, channel, 1);
      for (let n = 0; n < 4; n++) producer.write(numbered(n, 500));
      const seen: number[] = [];
      failTimes(consumer, 1, fussy(seen, 1, 2));
      failTimes(consumer, 1, fussy(seen, 1, 2));
      consumer.poll(fussy(seen, 1, 2));
      assert.deepEqual(seen, [0, 3]);
      const quarantine = new Quarantine(channel.directory, 'test');
      for (const entry of quarantine.list()) quarantine.move(entry, QuarantineState.REQUESTED);
      assert.equal(askForRedelivery(channel.directory, 'test', 'reader'), true);
      const again: [number, boolean][] = [];
      assert.equal(
        consumer.poll((message) => {
          fussy(seen)(message);
          again.push([message.sequence, message.producerSentNs > 0n && message.totalLatencyNs > 0]);
        }, 1),
        1,
        'the limit holds for these too',
      );
      assert.equal(
        consumer.poll((message) => again.push([message.sequence, message.producerSentNs > 0n])),
        1,
      );
      assert.deepEqual(again, [
        [1, true],
        [2, true],
      ]);
      assert.deepEqual(quarantine.list(), []);
      assert.equal(consumer.poll(fussy(seen)), 0);
      assert.equal(consumer.sequence, 4, 'the cursor stays where it was');
    });
  });
}

describe('a message that was set aside', () => {
  function withOne(t: TestContext): { channel: TemporaryChannel; consumer: Consumer; quarantine: Quarantine } {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    const consumer = careful(t, channel, 1);
    producer.write(numbered(0));
    failTimes(consumer, 1, fussy([], 0));
    consumer.poll(fussy([]));
    return { channel, consumer, quarantine: new Quarantine(channel.directory, 'test') };
  }

  it('is set aside again when its handler fails again, and the error comes through', (t) => {
    const { channel, consumer, quarantine } = withOne(t);
    quarantine.move(quarantine.list()[0]!, QuarantineState.REQUESTED);
    askForRedelivery(channel.directory, 'test', 'reader');
    failTimes(consumer, 1, fussy([], 0));
    assert.equal(quarantine.list()[0]!.state, QuarantineState.SET_ASIDE);
    assert.equal(consumer.poll(fussy([])), 0);
  });

  it('waits for a consumer that is not attached, who gets it when it comes', (t) => {
    const { channel, consumer, quarantine } = withOne(t);
    consumer.close();
    quarantine.move(quarantine.list()[0]!, QuarantineState.REQUESTED);
    assert.equal(askForRedelivery(channel.directory, 'test', 'reader'), false);
    const seen: number[] = [];
    assert.equal(careful(t, channel, 1).poll(fussy(seen)), 1);
    assert.deepEqual(seen, [0]);
  });

  it('is not handed over again at which its consumer died while it got it again', (t) => {
    const { channel, consumer, quarantine } = withOne(t);
    consumer.close();
    quarantine.move(quarantine.list()[0]!, QuarantineState.TRYING);
    assert.equal(careful(t, channel, 1).poll(fussy([])), 0);
    assert.equal(quarantine.list()[0]!.state, QuarantineState.SET_ASIDE);
  });

  it('is read only whole: what is damaged is named and left out', (t) => {
    const { channel, quarantine } = withOne(t);
    const [entry] = quarantine.list();
    const folder = quarantinePath(channel.directory, 'test');
    writeFileSync(join(folder, 'reader-7.msg'), 'rubbish');
    writeFileSync(join(folder, 'reader-8.msg'), '{"format":1}\n');
    assert.deepEqual(
      quarantine.damaged().map(({ path }) => path.split('/').at(-1)),
      ['reader-7.msg', 'reader-8.msg'],
    );
    assert.deepEqual(
      quarantine.list().map(({ sequence }) => sequence),
      [0],
    );
    writeFileSync(entry!.path, 'cut off');
    assert.throws(() => quarantine.read(entry!), /is not a whole message/);
  });
});

describe('what cannot be set aside', () => {
  it('is delivered again, with a warning, until there is room: no message is lost', async (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    const consumer = careful(t, channel, 1);
    producer.write(numbered(0));
    const folder = quarantinePath(channel.directory, 'test');
    writeFileSync(folder, 'in the way');
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const seen: number[] = [];
    failTimes(consumer, 3, fussy(seen, 0));
    assert.match((await warned).message, /message 0 is delivered again: .*\.quarantine/);
    assert.equal(consumer.poll(fussy(seen)), 1);
    assert.deepEqual(seen, [0]);
  });
});

describe('a consumer without such a policy', () => {
  it('gets the message again and again, and leaves no files', (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    const consumer = channel.consumer();
    producer.write(numbered(0));
    failTimes(consumer, 20, fussy([], 0));
    assert.deepEqual(
      readdirSync(channel.directory).filter((name) => name.includes('quarantine')),
      [],
    );
  });

  it('cannot be asked to take messages again: it would not look', (t) => {
    const channel = new TemporaryChannel(t);
    channel.consumer();
    assert.throws(
      () => askForRedelivery(channel.directory, 'test', 'reader'),
      (error: unknown) => BusError.is(error, 'ERR_INVALID_ARGUMENT') && /quarantine_after/.test(error.message),
    );
  });
});
