import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { MessageBus, type BusConfig, type BusErrorCode, BusError } from 'alphapulse-bus';
import { segmentPath } from '#src/layout/directory.js';
import { Segment } from '#src/layout/segment.js';
import { numberOf, numbered, temporaryDirectory } from '../../kit/temporary-channel.js';

const config: BusConfig = {
  channels: {
    quotes: {
      type: 'SPMC',
      producer: 'feed',
      consumers: ['strategy', 'screen'],
      bufferSize: '64KB',
      messageSizeMax: 1000,
    },
    orders: { type: 'MPSC', producers: ['strategy', 'screen'], consumer: 'gateway', bufferSize: '128KB' },
  },
};

function is(code: BusErrorCode, ...words: readonly RegExp[]): (error: unknown) => boolean {
  return (error) => BusError.is(error, code) && words.every((word) => word.test(error.message));
}

async function open(t: TestContext, service: string, directory = temporaryDirectory(t)): Promise<MessageBus> {
  const bus = await MessageBus.open({ service, config, directory });
  t.after(() => bus.close());
  return bus;
}

describe('opening a bus', () => {
  it('creates nothing yet', async (t) => {
    const bus = await open(t, 'feed');
    assert.deepEqual(readdirSync(bus.directory), []);
    assert.equal(bus.service, 'feed');
  });

  it('is refused to a service that no channel names, with those that are', async () => {
    await assert.rejects(
      MessageBus.open({ service: 'nobody', config }),
      is('ERR_NOT_DECLARED', /"nobody"/, /feed/, /strategy/, /screen/, /gateway/),
    );
  });

  it('is refused with a configuration that is not there or not right', async () => {
    await assert.rejects(
      MessageBus.open({ service: 'feed', config: '/nowhere/bus.toml' }),
      is('ERR_CONFIG', /nowhere/),
    );
    const wrong = { channels: { x: { type: 'SPSC' } } } as BusConfig;
    await assert.rejects(MessageBus.open({ service: 'feed', config: wrong }), is('ERR_CONFIG', /producer/, /consumer/));
  });

  it('tells what the configuration says', async (t) => {
    const bus = await open(t, 'feed');
    assert.deepEqual(bus.channels(), [
      {
        name: 'quotes',
        type: 'SPMC',
        producers: ['feed'],
        consumers: ['strategy', 'screen'],
        bufferSize: 65_536,
        messageSizeMax: 1000,
        backpressure: { mode: 'BlockProducer', timeoutMs: 1000, highWaterMark: 0.8, lowWaterMark: 0.6 },
      },
      {
        name: 'orders',
        type: 'MPSC',
        producers: ['strategy', 'screen'],
        consumers: ['gateway'],
        bufferSize: 131_072,
        messageSizeMax: 16_384,
        backpressure: { mode: 'BlockProducer', timeoutMs: 1000, highWaterMark: 0.8, lowWaterMark: 0.6 },
      },
    ]);
  });

  it('takes the directory of the options before that of the configuration, and makes it private', async (t) => {
    const [theirs, ours] = [join(temporaryDirectory(t), 'config'), join(temporaryDirectory(t), 'option')];
    const both = { ...config, bus: { directory: theirs } };
    await using bus = await MessageBus.open({ service: 'feed', config: both, directory: ours });
    bus.producer('quotes');
    assert.deepEqual(
      readdirSync(ours).filter((name) => name.endsWith('.ring')),
      ['quotes.ring'],
    );
    assert.equal(statSync(ours).mode & 0o777, 0o700);
    assert.equal(statSync(join(ours, 'quotes.ring')).mode & 0o777, 0o600);
    await using other = await MessageBus.open({ service: 'feed', config: both });
    assert.equal(other.directory, theirs);
  });

  it('goes on working when the process changes its directory and the option was relative', async (t) => {
    const home = process.cwd();
    t.after(() => process.chdir(home));
    process.chdir(temporaryDirectory(t));
    mkdirSync('elsewhere');
    await using feed = await MessageBus.open({ service: 'feed', config, directory: './bus' });
    feed.write('quotes', numbered(1));
    process.chdir('elsewhere');
    await using strategy = await MessageBus.open({ service: 'strategy', config, directory: '../bus' });
    strategy.consumer('quotes', { from: 'oldest' });
    assert.throws(() => feed.producer('quotes'), is('ERR_PRODUCER_TAKEN'), 'it is still the same channel');
  });
});

describe('attaching through a bus', () => {
  it('is refused for a channel that is not configured, with those that are', async (t) => {
    const bus = await open(t, 'feed');
    for (const attach of [
      () => bus.producer('nope'),
      () => bus.consumer('nope'),
      () => bus.write('nope', numbered(1)),
      () => bus.read('nope'),
    ]) {
      assert.throws(attach, is('ERR_UNKNOWN_CHANNEL', /"nope"/, /quotes, orders/));
    }
    for (const name of ['__proto__', 'constructor', '../quotes', ''])
      assert.throws(() => bus.producer(name), is('ERR_UNKNOWN_CHANNEL'));
    assert.deepEqual(readdirSync(bus.directory), []);
  });

  it('is refused on the side on which the service is not declared, and creates nothing', async (t) => {
    const bus = await open(t, 'feed');
    assert.throws(() => bus.consumer('quotes'), is('ERR_NOT_DECLARED', /"feed"/, /consumers/, /strategy, screen/));
    assert.throws(() => bus.producer('orders'), is('ERR_NOT_DECLARED', /"feed"/, /producers/));
    assert.throws(() => bus.read('quotes'), is('ERR_NOT_DECLARED'));
    assert.throws(() => bus.write('orders', numbered(1)), is('ERR_NOT_DECLARED'));
    assert.deepEqual(readdirSync(bus.directory), []);
  });

  it('is refused to peers with another configuration, naming the field and both values', async (t) => {
    const bus = await open(t, 'feed');
    bus.producer('quotes');
    const larger = { channels: { ...config.channels, quotes: { ...config.channels['quotes']!, bufferSize: '1MB' } } };
    await using other = await MessageBus.open({ service: 'screen', config: larger, directory: bus.directory });
    assert.throws(() => other.consumer('quotes'), is('ERR_CONFIG_MISMATCH', /buffer_size/, /65536/, /1048576/));
    const dropping = { ...config.channels['quotes']!, backpressure: { mode: 'DropOldest' } as const };
    const channels = { ...config.channels, quotes: dropping };
    await using third = await MessageBus.open({ service: 'screen', config: { channels }, directory: bus.directory });
    const said = [/backpressure\.mode is BlockProducer in the running channel, DropOldest in this configuration/];
    assert.throws(() => third.consumer('quotes'), is('ERR_CONFIG_MISMATCH', ...said));
  });

  it('refuses names of consumers that the segment cannot hold as they are', async (t) => {
    const bus = await open(t, 'strategy');
    for (const name of ['', 'x'.repeat(64), 'ä'.repeat(32), 'a\0b', '\0', 'x\ud800']) {
      assert.throws(() => bus.consumer('quotes', { name }), is('ERR_INVALID_ARGUMENT'), JSON.stringify(name));
    }
    for (const name of ['x'.repeat(63), 'ä'.repeat(31), 'second one', '日本', '\ufeffx']) {
      const consumer = bus.consumer('quotes', { name });
      assert.equal(consumer.name, name);
      assert.throws(() => bus.consumer('quotes', { name }), is('ERR_CONSUMER_TAKEN'));
    }
  });
});

describe('the shorthands of a bus', () => {
  it('write and read through endpoints that are opened on first use, and once', async (t) => {
    const feed = await open(t, 'feed');
    const strategy = await open(t, 'strategy', feed.directory);
    assert.equal(strategy.read('quotes'), undefined, 'the first read begins at the end');
    for (let n = 0; n < 300; n++) {
      assert.equal(feed.write('quotes', numbered(n, 500)), n);
      const message = strategy.read('quotes');
      assert.equal(numberOf(message!.bytes, 0, 500), n);
    }
    assert.throws(() => strategy.consumer('quotes'), is('ERR_CONSUMER_TAKEN'), 'the name is taken by the shorthand');
    assert.throws(() => feed.producer('quotes'), is('ERR_PRODUCER_TAKEN'));
    assert.throws(() => feed.write('quotes', new Uint8Array(1001)), is('ERR_MESSAGE_TOO_LARGE', /1001/, /1000/));
  });
});

describe('closing a bus', () => {
  it('closes its endpoints, twice is nothing, and everything after it is ERR_CLOSED', async (t) => {
    const bus = await open(t, 'strategy');
    const producer = bus.producer('orders');
    const consumer = bus.consumer('quotes');
    await bus.close();
    await bus.close();
    assert.throws(() => producer.write(numbered(1)), is('ERR_CLOSED'));
    assert.throws(() => consumer.read(), is('ERR_CLOSED'));
    const uses = [
      () => bus.producer('orders'),
      () => bus.consumer('quotes'),
      () => bus.write('orders', numbered(1)),
      () => bus.read('quotes'),
    ];
    for (const use of uses) assert.throws(use, is('ERR_CLOSED'));
    assert.equal(bus.channels().length, 2);
  });

  it('closes shorthands too, so that others can have their places', async (t) => {
    const first = await open(t, 'feed');
    first.write('quotes', numbered(1));
    await first.close();
    const second = await open(t, 'feed', first.directory);
    assert.equal(second.write('quotes', numbered(2)), 1);
    assert.throws(() => first.write('quotes', numbered(3)), is('ERR_CLOSED'));
  });

  it('happens at the end of `await using`, and leaves the channel and what is in it', async (t) => {
    const directory = temporaryDirectory(t);
    {
      await using bus = await MessageBus.open({ service: 'feed', config, directory });
      bus.write('quotes', numbered(5));
    }
    const reader = await open(t, 'screen', directory);
    assert.equal(numberOf(reader.consumer('quotes', { from: 'oldest' }).read()!.bytes, 0, 8), 5);
  });

  it('works while a subscription runs, from inside its handler too', async (t) => {
    const feed = await open(t, 'feed');
    const screen = await open(t, 'screen', feed.directory);
    const idle = screen.consumer('quotes', { name: 'idle' }).subscribe(() => {});
    const busy = screen.consumer('quotes', { name: 'busy' }).subscribe(() => void screen.close());
    feed.write('quotes', numbered(1));
    await Promise.all([idle, busy]);
  });

  it('lets a process open and close endpoints for as long as it likes', async (t) => {
    const feed = await open(t, 'feed');
    const screen = await open(t, 'screen', feed.directory);
    for (let n = 0; n < 3000; n++) {
      using consumer = screen.consumer('quotes');
      feed.write('quotes', numbered(n));
      assert.equal(consumer.read()!.sequence, n);
      if (n % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
    }
  });
});

describe('an endpoint whose segment was removed while it was attaching', () => {
  for (const role of ['producer', 'consumer'] as const) {
    it(`attaches to the one that others come to: a ${role}`, async (t) => {
      const feed = await open(t, 'feed');
      const screen = await open(t, 'screen', feed.directory);
      const original = Segment.openOrCreate.bind(Segment);
      let removed = 0;
      t.mock.method(Segment, 'openOrCreate', (...args: Parameters<typeof original>) => {
        const segment = original(...args);
        if (removed++ === 0) rmSync(segmentPath(feed.directory, 'quotes'));
        return segment;
      });
      const producer = role === 'producer' ? feed.producer('quotes') : undefined;
      const consumer = screen.consumer('quotes', { from: 'oldest' });
      assert.ok(removed > 0);
      (producer ?? feed.producer('quotes')).write(numbered(4));
      assert.equal(numberOf(consumer.read()!.bytes, 0, 8), 4);
    });
  }
});
