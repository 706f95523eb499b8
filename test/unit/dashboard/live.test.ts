import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { captureChannels } from '#src/observe/capture/capture-channels.js';
import { OpenedCapture } from '#src/observe/capture/opened-capture.js';
import { channelFigures } from '#src/observe/channel-figures.js';
import { temporaryDirectory, TemporaryChannel } from '../../kit/temporary-channel.js';
import { ask, codeOf, served, Watching } from './served.js';

const MESSAGE = new Uint8Array(16);

describe('what who watches a dashboard is told', () => {
  it('is all at first, then what has changed, with rates of the time between', async (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    const consumer = channel.consumer('oldest');
    const place = await served(t, channel.directory);
    const watching = new Watching(t, place);
    const first = await watching.look(1);
    assert.ok(first.isWhole);
    for (let n = 0; n < 50; n++) producer.write(MESSAGE);
    consumer.poll(() => {}, 20);
    place.time.pass();
    const look = await watching.look(2);
    const [view] = look.channels;
    const figures = channelFigures(channel.observer());
    assert.equal(view?.written, figures.written);
    assert.equal(view.perSecond, 100);
    assert.equal(view.lag, 30);
    assert.equal(view.lag, figures.consumers[0]?.lag?.messages);
    assert.equal(view.endpoints.find(({ role }) => role === 'producer')?.perSecond, 100);
    assert.equal(view.endpoints.find(({ role }) => role === 'consumer')?.messages, 20);
    place.time.pass();
    assert.equal((await watching.look(3)).channels[0]?.perSecond, 0);
    consumer.poll(() => {});
    place.time.pass();
    assert.equal((await watching.look(4)).channels[0]?.lag, 0);
    place.time.pass();
    await watching.look(5);
    place.time.pass();
    assert.deepEqual((await watching.look(6)).channels, [], 'nothing has changed');
  });

  it('names the latencies of the time between two looks', async (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer(true, 'feed', { latencySampling: 1 });
    const consumer = channel.consumer('oldest', 'reader', {}, { latencySampling: 1 });
    const place = await served(t, channel.directory);
    const watching = new Watching(t, place);
    await watching.look(1);
    for (let n = 0; n < 10; n++) producer.write(MESSAGE);
    consumer.poll(() => {});
    place.time.pass();
    const latency = (await watching.look(2)).channels[0]?.latency;
    assert.equal(latency?.count, 10);
    assert.ok(latency.p50! > 0 && latency.p50! <= latency.p99! && latency.p99! <= latency.max!);
    place.time.pass();
    assert.deepEqual((await watching.look(3)).channels[0]?.latency, { count: 0 });
  });

  it('has events: who comes, who goes, and a segment that is removed', async (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    const place = await served(t, channel.directory);
    const watching = new Watching(t, place);
    assert.deepEqual((await watching.look(1)).events, [], 'nothing of what is there at first has just happened');
    const consumer = channel.consumer('oldest', 'reader');
    place.time.pass();
    const events = async (n: number): Promise<unknown> =>
      (await watching.look(n)).events.map(({ type, who, isBad }) => [type, who, isBad]);
    assert.deepEqual(await events(2), [['attached', 'reader', false]]);
    consumer.close();
    place.time.pass();
    assert.deepEqual(await events(3), [['detached', 'reader', false]]);
    producer.close();
    rmSync(join(channel.directory, `${channel.shape.name}.ring`));
    place.time.pass();
    const last = await watching.look(4);
    assert.deepEqual(last.gone, [channel.shape.name]);
    assert.equal(last.events.at(-1)?.type, 'removed');
  });

  it('has the findings of the health check, by the thresholds that are configured', async (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    channel.consumer('oldest');
    for (let n = 0; n < 20; n++) producer.write(MESSAGE);
    const place = await served(t, channel.directory, { thresholds: { lagMessages: 10 } });
    const { health } = await new Watching(t, place).look(1);
    assert.deepEqual([health?.status, health?.findings.map(({ code }) => code)], ['degraded', ['lag']]);
  });

  it('is why a channel cannot be looked at, whatever its file is called', async (t) => {
    const directory = temporaryDirectory(t);
    const name = '<script>alert(1)</script>'.replaceAll('/', '\\');
    writeFileSync(join(directory, `${name}.ring`), 'no segment', { mode: 0o600 });
    const watching = new Watching(t, await served(t, directory));
    const view = (await watching.look(1)).channels[0];
    assert.deepEqual([view?.name, view?.state, view?.fault?.code], [name, 'unusable', 'ERR_CORRUPT']);
    assert.equal((await watching.look(1)).health?.status, 'unhealthy');
  });

  it('says of a capture which one it is, and of when, and has all latencies that were timed until then', async (t) => {
    const channel = new TemporaryChannel(t);
    const consumer = channel.consumer('oldest', 'reader', {}, { latencySampling: 1 });
    const producer = channel.producer();
    for (let n = 0; n < 10; n++) producer.write(MESSAGE);
    consumer.poll(() => {});
    const file = join(channel.directory, 'incident.apcap');
    const { takenMs } = await captureChannels({ directory: channel.directory, channels: ['test'], file });
    const capture = new OpenedCapture(file);
    t.after(() => capture[Symbol.dispose]());
    const watching = new Watching(t, await served(t, capture.directory));
    const { directory, channels } = await watching.look(1);
    assert.equal(channels[0]?.latency.count, 10);
    assert.ok(directory.startsWith(`${file}, captured ${new Date(takenMs).toISOString()} on `), directory);
  });

  it('is what hinders all looks, such as a configuration that is wrong now, and goes on after it', async (t) => {
    const channel = new TemporaryChannel(t);
    channel.producer();
    let isWrong = true;
    const { BusError } = await import('#src/platform/bus-error.js');
    const names = async (): Promise<string[]> => {
      if (isWrong) throw new BusError('ERR_CONFIG', 'bus.toml:3: found nonsense');
      return [channel.shape.name];
    };
    const place = await served(t, channel.directory, { names });
    const watching = new Watching(t, place);
    assert.match((await watching.look(1)).fault ?? '', /found nonsense \(ERR_CONFIG\)/);
    isWrong = false;
    place.time.pass();
    assert.equal((await watching.look(2)).channels.length, 1);
  });
});

describe('a dashboard', () => {
  it('looks once for all who watch, and every two seconds while nobody does', async (t) => {
    const channel = new TemporaryChannel(t);
    channel.producer();
    let looks = 0;
    const names = async (): Promise<string[]> => {
      looks += 1;
      return [channel.shape.name];
    };
    const place = await served(t, channel.directory, { names });
    assert.deepEqual([looks, place.time.paces], [1, [2000]]);
    const both = [new Watching(t, place), new Watching(t, place)];
    for (const watching of both) await watching.look(1);
    assert.deepEqual(place.time.paces, [500, 15_000]);
    place.time.pass();
    for (const watching of both) await watching.look(2);
    assert.equal(looks, 2);
    for (const watching of both) watching.end();
    while (place.time.paces.length > 1) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(place.time.paces, [2000]);
    place.time.pass(1500);
    assert.equal(looks, 2);
    place.time.pass();
    assert.equal(looks, 3);
  });

  it('that was not watched looks at once when somebody comes, unless it has just looked', async (t) => {
    const place = await served(t, temporaryDirectory(t));
    place.time.pass(400);
    const watching = new Watching(t, place);
    await watching.look(2);
    const [first, second] = [await watching.look(1), await watching.look(2)];
    assert.deepEqual([first.isWhole, second.isWhole, second.at - first.at], [true, false, 400]);
    watching.end();
    while (place.server.watching > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    place.time.pass(100);
    const next = new Watching(t, place);
    await next.look(1);
    place.time.pass();
    assert.equal((await next.look(2)).at - second.at, 600);
  });

  it('that nobody watches looks less often where that takes more of a processor', async (t) => {
    const directory = temporaryDirectory(t);
    let looks = 0;
    const names = async (): Promise<string[]> => {
      looks += 1;
      return [];
    };
    const place = await served(t, directory, { names });
    place.time.lookProcessorMs = 150;
    for (let n = 0; n < 60; n++) {
      place.time.pass();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(looks, 6, 'at once, after two seconds, and then every six');
  });

  it('lets so many watch, and tells the next with 503; one that leaves makes room', async (t) => {
    const directory = temporaryDirectory(t);
    const place = await served(t, directory, { clientsMax: 2 });
    const both = [new Watching(t, place), new Watching(t, place)];
    for (const watching of both) await watching.look(1);
    const refused = await ask(place, '/api/live');
    assert.deepEqual([refused.status, codeOf(refused), refused.headers['retry-after']], [503, 'ERR_TOO_MANY', '5']);
    both[0]!.end();
    while (place.server.watching > 1) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Watching(t, place).look(1);
  });

  it('keeps no place for who left before his turn came, and hangs up on who asks twice on one connection', async (t) => {
    const place = await served(t, temporaryDirectory(t), { clientsMax: 2 });
    const asking = (text: string): Socket => {
      const socket = connect({ port: place.server.port, host: '127.0.0.1' }).on('error', () => undefined);
      t.after(() => socket.destroy());
      socket.write(text);
      return socket;
    };
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    // it reads nothing, so that the last answer waits behind the others
    const gone = asking(get('/page.js').repeat(200) + get('/api/live'));
    while (place.server.watching === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    gone.destroy();
    while (place.server.watching > 0 || place.time.paces.length > 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    await once(asking(get('/api/live').repeat(2)).resume(), 'close');
    while (place.server.watching > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Watching(t, place).look(1);
  });

  it('answers a thousand connections, those that are too many with 503', async (t) => {
    const directory = temporaryDirectory(t);
    const place = await served(t, directory, { clientsMax: 3 });
    const statuses = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const watching = new Watching(t, place);
        await watching.until(() => watching.status !== 0 || watching.isOver);
        return watching.status;
      }),
    );
    assert.equal(statuses.filter((status) => status === 200).length, 3);
    assert.ok(statuses.every((status) => status === 200 || status === 503));
    assert.equal(place.server.watching, 3);
  });

  it('hangs up on who does not read, after saying so, and serves the others', async (t) => {
    const channel = new TemporaryChannel(t);
    channel.producer();
    let round = 0;
    const many = Array.from({ length: 400 }, (_, n) => `no-channel-${n}-`);
    for (const name of many) writeFileSync(join(channel.directory, `${name}.ring`), 'no segment', { mode: 0o600 });
    // each look shows other channels, so that all of it is sent
    const names = async (): Promise<string[]> => many.slice((round++ % 2) * 200, (round % 2) * 200 + 200);
    const place = await served(t, channel.directory, { names, backlogBytesMax: 64 * 1024 });
    const slow = connect({ port: place.server.port, host: '127.0.0.1' });
    t.after(() => slow.destroy());
    slow.write(`GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    slow.pause();
    const watching = new Watching(t, place);
    await watching.look(1);
    while (place.server.watching < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    for (let rounds = 0; place.server.watching > 1; rounds++) {
      assert.ok(rounds < 3000, 'it is still served');
      place.time.pass();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const told = watching.events.length;
    place.time.pass();
    await watching.until(() => watching.events.length > told);
    let read = '';
    slow.setEncoding('utf8').on('data', (piece: string) => (read = (read + piece).slice(-2000)));
    slow.on('error', () => undefined).resume();
    if (!slow.destroyed) await once(slow, 'close');
    assert.doesNotMatch(read, /event: end/);
  });

  it('that is ended while it looks tells no more of that', async (t) => {
    let tell: (() => void) | undefined;
    let isSlow = false;
    const names = async (): Promise<string[]> => {
      if (isSlow) await new Promise<void>((resolve) => (tell = resolve));
      return [];
    };
    const place = await served(t, temporaryDirectory(t), { names });
    const watching = new Watching(t, place);
    await watching.look(1);
    isSlow = true;
    place.time.pass();
    const closed = place.server.close();
    tell?.();
    await closed;
    await watching.until(() => watching.isOver);
    assert.deepEqual(
      watching.events.map(({ name }) => name),
      ['look', 'end'],
    );
  });

  it('tells who watches when it is ended', async (t) => {
    const place = await served(t, temporaryDirectory(t));
    const watching = new Watching(t, place);
    await watching.look(1);
    await place.server.close();
    await watching.until(() => watching.isOver);
    assert.equal(watching.events.at(-1)?.name, 'end');
  });
});
