import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageBus, type BusConfig } from 'alphapulse-bus';
import { Quote, RelayDomain, StageFlag, TraceContext } from 'alphapulse-bus/protocol';
import { temporaryDirectory } from '../../../../kit/temporary-channel.js';
import { busClock } from '../../../../../examples/pipeline/stage/bus-clock.js';
import { Input } from '../../../../../examples/pipeline/stage/input.js';
import { MessageComposer } from '../../../../../examples/pipeline/stage/message-composer.js';
import { Output } from '../../../../../examples/pipeline/stage/output.js';
import { carryOn, elapsedNs } from '../../../../../examples/pipeline/stage/trace.js';

const config: BusConfig = {
  channels: {
    quotes: { type: 'SPSC', producer: 'polygon_collector', consumer: 'dashboard', bufferSize: '64KB' },
    orders: { type: 'SPSC', producer: 'dashboard', consumer: 'risk_monitor', bufferSize: '64KB' },
  },
};

interface Ends {
  readonly input: Input;
  readonly output: Output;
  /** Writes quotes whose bid price is their number. */
  readonly send: (count: number) => void;
}

async function open(t: TestContext, service: string, directory: string): Promise<MessageBus> {
  const bus = await MessageBus.open({ service, config, directory });
  t.after(() => bus.close());
  return bus;
}

async function connected(t: TestContext, directory = temporaryDirectory(t)): Promise<Ends> {
  const collector = await open(t, 'polygon_collector', directory);
  const dashboard = await open(t, 'dashboard', directory);
  const input = new Input(dashboard.consumer('quotes'));
  const output = new Output(collector.producer('quotes'), 'polygon_collector');
  const composer = new MessageComposer('polygon_collector', RelayDomain.MarketData);
  const quote = Quote.zero();
  let sent = 0;
  return {
    input,
    output,
    send: (count) => {
      for (let i = 0; i < count; i++) {
        quote.bidPrice = sent++;
        composer.begin(1n).addTlv(Quote, quote);
        output.send(composer.finish());
      }
    },
  };
}

describe('an input', () => {
  it('ends after the last message, wherever it stood when it was told which that is', async (t) => {
    for (const toldAfter of [0, 30, 100]) {
      const { input, output, send } = await connected(t);
      const quote = Quote.zero();
      let read = 0;
      const reading = input.read((_message, tlvs) => {
        assert.equal(tlvs.read(Quote, quote).bidPrice, read++);
        if (read === toldAfter) input.endAt(100);
      });
      send(100);
      if (toldAfter === 0) input.endAt(output.nextSequence);
      await reading;
      assert.equal(read, 100);
      const [heard] = input.report(true).tallies;
      assert.deepEqual(heard, output.report().tallies[0]);
    }
  });

  it('ends at once when nothing was written', async (t) => {
    const { input, output } = await connected(t);
    input.endAt(output.nextSequence);
    await input.read(() => assert.fail('a message out of nowhere'));
    assert.deepEqual(input.report(true).tallies, []);
  });

  it('refuses a message whose bytes are not those that were written', async (t) => {
    const directory = temporaryDirectory(t);
    const collector = await open(t, 'polygon_collector', directory);
    const dashboard = await open(t, 'dashboard', directory);
    const input = new Input(dashboard.consumer('quotes'));
    const composer = new MessageComposer('polygon_collector', RelayDomain.MarketData);
    composer.begin(1n).addTlv(Quote, Quote.zero());
    const damaged = composer.finish().slice();
    damaged[40]! ^= 1;
    collector.producer('quotes').write(damaged);
    await assert.rejects(
      input.read(() => assert.fail('it was delivered')),
      /checksum/,
    );
  });
});

describe('an output', () => {
  it('keeps what finds the ring full, and writes it in order when there is room', async (t) => {
    const { input, output, send } = await connected(t);
    send(1000);
    assert.equal(output.hasBacklog, true);
    const quote = Quote.zero();
    let read = 0;
    const reading = input.read((_message, tlvs) => {
      assert.equal(tlvs.read(Quote, quote).bidPrice, read++);
    });
    await output.drain();
    assert.equal(output.hasBacklog, false);
    input.endAt(output.nextSequence);
    await reading;
    assert.equal(read, 1000);
    assert.equal(output.report().tallies[0]?.messages, 1000);
  });

  it('that is full stops the input that feeds it, until there is room again', async (t) => {
    const directory = temporaryDirectory(t);
    const { input, output: source, send } = await connected(t, directory);
    const dashboard = await open(t, 'dashboard', directory);
    const orders = new Output(dashboard.producer('orders'), 'execution_coordinator');
    const reader = new Input((await open(t, 'risk_monitor', directory)).consumer('orders'));
    const large = new MessageComposer('execution_coordinator', RelayDomain.Execution);
    const filler = new Uint8Array(400);
    send(3000);
    let passed = 0;
    const feeding = input.read(() => {
      large.begin(1n).addTlv(200, filler);
      orders.send(large.finish());
      passed++;
    }, orders);
    const draining = source.drain().then(() => input.endAt(source.nextSequence));
    for (let turn = 0; turn < 200; turn++) await nextTurn();
    // nobody reads the orders: what went through is what the two rings hold, and one poll's worth
    assert.ok(passed > 0 && passed < 1500, `${passed} passed`);

    let arrived = 0;
    const reading = reader.read(() => {
      arrived++;
    });
    await Promise.all([feeding, draining]);
    reader.endAt(orders.nextSequence);
    await reading;
    assert.deepEqual([passed, arrived], [3000, 3000]);
    assert.deepEqual(reader.report(true).tallies[0], orders.report().tallies[0]);
  });
});

describe('a trace', () => {
  it('keeps its start and its id from span to span, and measures from there', () => {
    const trace = { ...TraceContext.zero(), startTimestampNs: 1000n, stageFlags: StageFlag.Collected };
    trace.traceId = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    carryOn(trace, 20, 1500n, StageFlag.Processed);
    carryOn(trace, 43, 1700n, StageFlag.Executed);
    assert.deepEqual(
      [trace.startTimestampNs, trace.currentTimestampNs, trace.spanDepth, trace.sourceService],
      [1000n, 1700n, 2, 43],
    );
    assert.deepEqual([...trace.traceId], [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.equal(elapsedNs(trace, 2500n, StageFlag.Collected | StageFlag.Processed | StageFlag.Executed), 1500);
  });

  it('that lacks a stage, a start, or began in the future measures nothing', () => {
    const trace = { ...TraceContext.zero(), startTimestampNs: 1000n, stageFlags: StageFlag.Collected };
    assert.equal(elapsedNs(trace, 2000n, StageFlag.Collected | StageFlag.Processed), undefined);
    assert.equal(elapsedNs(trace, 999n, StageFlag.Collected), undefined);
    assert.equal(elapsedNs({ ...trace, startTimestampNs: 0n }, 2000n, StageFlag.Collected), undefined);
  });
});

describe("the bus's clock outside of messages", () => {
  it('reads what the stamps of a message read: never before a message that came earlier', async (t) => {
    const directory = temporaryDirectory(t);
    const clock = await busClock(directory);
    const { input, output, send } = await connected(t, directory);
    // a margin for what the measurement of the distance cannot know; a wrong clock would be off by years
    const marginNs = 1_000_000n;
    const before = clock();
    send(1);
    input.endAt(output.nextSequence);
    let sent = 0n;
    await input.read((message) => {
      sent = message.producerSentNs;
    });
    const after = clock();
    assert.ok(before - marginNs <= sent && sent <= after + marginNs, `${before} <= ${sent} <= ${after}`);
  });
});
