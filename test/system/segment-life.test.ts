import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { Producer } from '#src/channel/producer.js';
import { segmentPath, unfinishedPath } from '#src/layout/directory.js';
import { CONTROL, type ChannelType } from '#src/layout/schema.js';
import { Segment } from '#src/layout/segment.js';
import { BusError } from '#src/platform/bus-error.js';
import { countFromEnvironment, randomSource, seedOfRun } from '../kit/random.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { TemporaryChannel, numberOf, numbered, temporaryDirectory, blocking } from '../kit/temporary-channel.js';
import { lifecycleShape } from './lifecycle-channel.js';

const RACERS = 8;
const RACES = 8;
const MESSAGES_EACH = 50;

describe('eight processes that open the same new channel at once', () => {
  it('make one segment, all attach to it, and all see the same messages in the same order', async (t) => {
    const directory = temporaryDirectory(t);
    const path = script(import.meta.url, './actors/racer.js');
    const racers = Array.from({ length: RACERS }, (_, n) => startProcess(t, path, [directory, `${n}`, `${RACERS}`]));
    await Promise.all(racers.map((racer) => racer.line('ready')));
    for (let race = 0; race < RACES; race++) {
      const channel = `race_${race}`;
      const told = async (command: string, answer: string): Promise<string[]> => {
        for (const racer of racers) racer.send(command);
        return Promise.all(racers.map((racer) => racer.line(answer)));
      };
      const attached = await told(`attach ${channel} ${Date.now() + 20}`, `attached ${channel} `);
      assert.equal(new Set(attached).size, 1, `each should hold one and the same file: ${attached.join(' ')}`);
      assert.match(attached[0]!, /\["\d+:\d+:1"\]$/, 'one file, with one name');
      const creator = readFileSync(segmentPath(directory, channel)).readUInt32LE(CONTROL.at.creatorPid);
      assert.ok(
        racers.some((racer) => racer.pid === creator),
        `the creator ${creator} is one of the racers`,
      );
      await told(`write ${channel} ${MESSAGES_EACH}`, `wrote ${channel}`);
      const hashes = await told(`read ${channel} ${RACERS * MESSAGES_EACH}`, `read ${channel}`);
      assert.equal(new Set(hashes).size, 1, 'all saw the same');
    }
    assert.deepEqual(
      readdirSync(directory).filter((name) => name.endsWith('.new')),
      [],
    );
  });
});

describe('processes killed while they create, attach, close and remove a channel', () => {
  const kills = countFromEnvironment('APBUS_LIFECYCLE_KILLS', 40);

  for (const [type, removes] of [
    ['SPMC', 'yes'],
    ['MPMC', 'yes'],
    ['MPMC', 'no'],
  ] as const) {
    const way = removes === 'yes' ? 'removing its file too' : 'never removing its file';
    it(`leave a ${type} channel that the next can open (${way})`, async (t) => {
      const directory = temporaryDirectory(t);
      const seed = seedOfRun();
      const random = randomSource(seed);
      t.diagnostic(`seed ${seed}`);
      const path = script(import.meta.url, './actors/lifecycle.js');
      const start = (n: number): TestProcess => startProcess(t, path, [directory, type, `${random(1e6) + n}`, removes]);
      for (let killed = 0; killed < Math.ceil(kills / 3);) {
        const victims = [start(1), start(2), start(3)];
        await Promise.all(victims.map((victim) => victim.line('turn')));
        for (const victim of victims) {
          spin(random(3_000_000));
          assert.equal(victim.exit, undefined, `a victim ended by itself: ${victim.stderr}`);
          await victim.kill();
          killed++;
        }
        checkUsable(t, directory, type);
        assert.equal(existsSync(unfinishedPath(directory, 'life')), false, `after kill ${killed} of seed ${seed}`);
        if (removes === 'yes' && random(2) === 0) rmSync(segmentPath(directory, 'life'));
      }
    });
  }
});

/** Uses up a random moment, so that the kill hits anywhere; nothing waits for it. */
function spin(iterations: number): void {
  let sum = 0;
  for (let n = 0; n < iterations; n++) sum = (sum + n) | 0;
  assert.ok(Number.isInteger(sum));
}

/** Creates or opens the channel, attaches on both sides, and passes messages: all come, behind claims of the dead, counted. */
function checkUsable(t: TestContext, directory: string, type: ChannelType): void {
  const shape = lifecycleShape(type);
  const consumer = new Consumer(Segment.openOrCreate(directory, shape, { ringWritable: false }), {
    name: 'judge',
    from: 'latest',
  });
  t.after(() => consumer.close());
  const producer = new Producer(Segment.openOrCreate(directory, shape, { ringWritable: true }), {
    service: 'judge',
    timestamps: true,
    backpressure: blocking(5000),
  });
  t.after(() => producer.close());
  const first = consumer.sequence;
  const lostBefore = consumer.lost;
  const lostNow = (): number => consumer.lost - lostBefore;
  for (let n = 0; n < 100; n++) producer.write(numbered(n, 1000));
  for (let n = 0; n < 100; n++) {
    assert.ok(consumer.waitSync(5000), `message ${n} of 100 does not come`);
    const message = consumer.read()!;
    assert.equal(message.sequence, first + lostNow() + n);
    assert.equal(numberOf(message.bytes, 0, message.length), n);
  }
  assert.ok(type !== 'SPMC' || lostNow() === 0, 'only a claim of one among several costs a sequence');
  producer.close();
  consumer.close();
}

describe('what a creator left half-made', () => {
  const HALVES: readonly [string, (unfinished: string) => void][] = [
    ['an empty file', (path) => writeFileSync(path, '', { mode: 0o600 })],
    ['a file that was allocated but not filled', (path) => writeFileSync(path, Buffer.alloc(131_072), { mode: 0o600 })],
    ['a file with rubbish', (path) => writeFileSync(path, 'rubbish'.repeat(1000), { mode: 0o600 })],
    ['a file that others may read', (path) => writeFileSync(path, '', { mode: 0o644 })],
    ['a symbolic link', (path) => symlinkSync('/etc/passwd', path)],
  ];
  for (const [what, leave] of HALVES) {
    it(`is replaced by the next opener: ${what}`, (t) => {
      const channel = new TemporaryChannel(t);
      leave(unfinishedPath(channel.directory, 'test'));
      const producer = channel.producer();
      const consumer = channel.consumer('oldest');
      producer.write(numbered(7));
      assert.equal(numberOf(consumer.read()!.bytes, 0, 8), 7);
      assert.equal(existsSync(unfinishedPath(channel.directory, 'test')), false);
    });
  }

  it('is replaced when it was complete but for its name', (t) => {
    const channel = new TemporaryChannel(t);
    channel.segment(true).close();
    const bytes = readFileSync(channel.path);
    const { ino } = statSync(channel.path);
    rmSync(channel.path);
    writeFileSync(unfinishedPath(channel.directory, 'test'), bytes, { mode: 0o600 });
    channel.producer().write(numbered(1));
    assert.notEqual(statSync(channel.path).ino, ino);
    assert.equal(existsSync(unfinishedPath(channel.directory, 'test')), false);
  });

  it('is a typed error, naming the place, when it cannot be replaced: a directory', (t) => {
    const channel = new TemporaryChannel(t);
    const unfinished = unfinishedPath(channel.directory, 'test');
    mkdirSync(unfinished);
    assert.throws(
      () => channel.segment(true),
      (error) => BusError.is(error) && error.message.includes(unfinished),
    );
  });

  for (const [what, bytes] of [
    ['an empty file', 0],
    ['a part of a control block', 100],
    ['zeros', 131_072],
  ] as const) {
    it(`is refused under the final name, and works again once removed: ${what}`, (t) => {
      const channel = new TemporaryChannel(t);
      writeFileSync(channel.path, Buffer.alloc(bytes), { mode: 0o600 });
      assert.throws(
        () => channel.segment(true),
        (error) => BusError.is(error, 'ERR_CORRUPT') && /[Rr]emove/.test(error.message),
      );
      rmSync(channel.path);
      channel.segment(true).close();
    });
  }
});

describe('an opener that meets a creator', () => {
  it('waits for it, and takes over when it is killed', async (t) => {
    const channel = new TemporaryChannel(t);
    const path = script(import.meta.url, './actors/creation-lock-holder.js');
    const holder = startProcess(t, path, [channel.directory, 'test', 'hold']);
    await holder.line('inside');
    const opener = startProcess(t, path, [channel.directory, 'test', 'pass']);
    await opener.line('waiting');
    assert.equal(opener.exit, undefined);
    assert.equal(opener.lines.includes('inside'), false, 'the lock is held');
    await holder.kill();
    await opener.line('inside');
    await opener.succeeded();
    channel.segment(true).close();
  });
});

describe('a segment that somebody interferes with while it is mapped', () => {
  it('goes on working for those inside when its file is removed, says so, and newcomers get a new one', (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    const consumer = channel.consumer();
    const observer = channel.segment(false);
    t.after(() => observer.close());
    assert.equal(observer.isLinked(), true);
    rmSync(channel.path);
    assert.equal(observer.isLinked(), false);
    producer.write(numbered(3));
    assert.equal(numberOf(consumer.read()!.bytes, 0, 8), 3);
    const newcomer = channel.consumer('oldest');
    assert.equal(newcomer.read(), undefined);
    assert.equal(newcomer.lag.messages, 0);
  });

  it('refuses newcomers with the sizes when it was truncated', (t) => {
    const channel = new TemporaryChannel(t);
    channel.segment(true).close();
    const whole = statSync(channel.path).size;
    for (const bytes of [whole - 1, whole - 65_536, 65_536, 1024, 1023, 1, 0]) {
      truncateSync(channel.path, bytes);
      assert.throws(
        () => channel.segment(true),
        (error) =>
          BusError.is(error, 'ERR_CORRUPT') &&
          error.message.includes(`${bytes} bytes`) &&
          /[Rr]emove/.test(error.message),
        `${bytes} bytes`,
      );
    }
  });

  it('ends only the process that touches what was cut off, and leaves its peers a channel to open anew', async (t) => {
    const directory = temporaryDirectory(t);
    const victim = startProcess(t, script(import.meta.url, './actors/truncated.js'), [directory]);
    await victim.line('attached');
    const path = join(directory, 'cut.ring');
    truncateSync(path, 4096);
    victim.send('touch');
    const { code, signal } = await victim.ended();
    assert.ok(
      signal === 'SIGBUS' || code === 0,
      `expected a bus error of the kernel or nothing, not ${code} ${signal}`,
    );
    rmSync(path);
    const again = startProcess(t, script(import.meta.url, './actors/truncated.js'), [directory]);
    await again.line('attached');
    again.send('touch');
    await again.succeeded();
  });
});

describe('descriptors of a segment', () => {
  it('are not left behind by attaches that were refused', (t) => {
    const channel = new TemporaryChannel(t);
    channel.segment(true).close();
    closeSync(openSync('/dev/null', 'r'));
    const before = readdirSync('/proc/self/fd').length;
    truncateSync(channel.path, 2000);
    for (let n = 0; n < 50; n++)
      assert.throws(
        () => channel.segment(true),
        (error) => BusError.is(error),
      );
    assert.equal(readdirSync('/proc/self/fd').length, before);
  });
});
