import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { setTimeout as later } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import type { BusConfig } from 'alphapulse-bus';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { apbus } from '../kit/run-apbus.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

interface HopSeen {
  readonly channel: string;
  readonly sequence: number;
  readonly producer: string;
  readonly spanId: string;
  readonly depth: number;
  readonly found: string;
  readonly sinceFirstNs: number;
}

interface Pipeline {
  readonly start: (service: string, from?: 'resume' | 'oldest') => Promise<TestProcess>;
  /** `apbus trace` until so many messages are found, or for ten seconds. */
  readonly hops: (traceId: string, count: number) => Promise<readonly HopSeen[]>;
  readonly directory: string;
  readonly file: string;
}

/** collector --quotes--> strategy --signals--> execution; the quotes are recorded. */
function pipeline(t: TestContext): Pipeline {
  const directory = temporaryDirectory(t);
  const journal = mkdtempSync(join(tmpdir(), 'apbus-traced-'));
  const processes: TestProcess[] = [];
  t.after(async () => {
    await Promise.all(processes.map((process) => process.kill()));
    rmSync(journal, { recursive: true, force: true });
  });
  const quotes = { type: 'SPMC' as const, producer: 'collector', consumers: ['strategy'], bufferSize: '64KB' };
  const config: BusConfig = {
    channels: {
      quotes: { ...quotes, messageSizeMax: 1000, persistence: { persistencePath: journal } },
      signals: { type: 'SPSC', producer: 'strategy', consumer: 'execution', bufferSize: '64KB', messageSizeMax: 1000 },
    },
  };
  const file = join(journal, 'bus.toml');
  writeFileSync(
    file,
    [
      '[channels.quotes]\ntype = "SPMC"\nproducer = "collector"\nconsumers = ["strategy"]\nbuffer_size = "64KB"',
      `message_size_max = 1000\npersistence.persistence_path = "${journal}"`,
      '[channels.signals]\ntype = "SPSC"\nproducer = "strategy"\nconsumer = "execution"\nbuffer_size = "64KB"',
      'message_size_max = 1000\n',
    ].join('\n'),
  );
  const start: Pipeline['start'] = async (service, from = 'resume') => {
    const actor = script(import.meta.url, './actors/traced-service.js');
    const process = startProcess(t, actor, [JSON.stringify(config), directory, service, from]);
    processes.push(process);
    await process.line('ready');
    return process;
  };
  const hops = async (traceId: string, count: number): Promise<readonly HopSeen[]> => {
    for (let attempt = 0; ; attempt++) {
      const { data } = await apbus('trace', traceId, '-c', file, '--directory', directory, '--json');
      const { messages } = JSON.parse(data) as { messages: readonly HopSeen[] };
      if (messages.length >= count || attempt === 100) return messages;
      await later(100);
    }
  };
  return { start, hops, directory, file };
}

async function sentBy(collector: TestProcess): Promise<string> {
  const from = collector.lines.length;
  collector.send('quote');
  return (await collector.line('sent ', from)).slice('sent '.length);
}

describe('the way of a message through three processes', () => {
  it('is shown from the rings, and from the journal when the ring has lost it', async (t) => {
    const { start, hops } = pipeline(t);
    const [collector, , execution] = [await start('collector'), await start('strategy'), await start('execution')];
    const traceId = await sentBy(collector);
    await execution.line(`got ${traceId}`);
    const live = await hops(traceId, 2);
    assert.deepEqual(
      live.map(({ channel, producer, depth, found }) => [channel, producer, depth, found]),
      [
        ['quotes', 'collector', 0, 'ring'],
        ['signals', 'strategy', 1, 'ring'],
      ],
    );
    assert.notEqual(live[0]!.spanId, live[1]!.spanId);
    assert.ok(live[1]!.sinceFirstNs > 0);
    collector.send('flood');
    await collector.line('flooded');
    const recorded = await hops(traceId, 2);
    assert.deepEqual(
      recorded.map(({ channel, sequence, found }) => [channel, sequence, found]),
      [
        ['quotes', live[0]!.sequence, 'journal'],
        ['signals', live[1]!.sequence, 'ring'],
      ],
    );
    assert.equal(recorded[0]!.spanId, live[0]!.spanId);
    const byMessage = await hops(`quotes/${live[0]!.sequence}`, 2);
    assert.deepEqual(byMessage, recorded);
  });

  it('ends where a process was killed, and goes on when the next one gets the message again', async (t) => {
    const { start, hops } = pipeline(t);
    const [collector, strategy, execution] = [
      await start('collector'),
      await start('strategy'),
      await start('execution'),
    ];
    await execution.line(`got ${await sentBy(collector)}`);
    strategy.send('hang');
    await strategy.line('will hang');
    const traceId = await sentBy(collector);
    await strategy.line('hanging');
    await strategy.kill();
    assert.deepEqual(
      (await hops(traceId, 1)).map(({ channel }) => channel),
      ['quotes'],
    );
    await start('strategy');
    await execution.line(`got ${traceId}`);
    assert.deepEqual(
      (await hops(traceId, 2)).map(({ channel, depth }) => [channel, depth]),
      [
        ['quotes', 0],
        ['signals', 1],
      ],
    );
  });
});

/** A pipeline whose collector has sent one message, and `apbus trace --follow`, which has shown it. */
async function followed(t: TestContext) {
  const { start, directory, file } = pipeline(t);
  const collector = await start('collector');
  const traceId = await sentBy(collector);
  const apbusFile = script(import.meta.url, '../../../dist/cli/apbus.js');
  const args = ['trace', traceId, '--follow', '--json', '-c', file, '--directory', directory];
  const following = startProcess(t, apbusFile, args);
  await following.line('{"channel":"quotes"');
  return { start, collector, traceId, following };
}

it('with --follow, messages are shown as they come, also on channels that are made later', async (t) => {
  const { start, traceId, following } = await followed(t);
  const execution = await start('execution');
  await start('strategy', 'oldest');
  await execution.line(`got ${traceId}`);
  await following.line('{"channel":"signals"');
  const hops = following.lines.map((line) => JSON.parse(line) as HopSeen);
  assert.deepEqual(
    hops.map(({ channel, sinceFirstNs }) => [channel, sinceFirstNs > 0]),
    [
      ['quotes', false],
      ['signals', true],
    ],
  );
  kill(following.pid, 'SIGTERM');
  await following.succeeded();
});

it('with --follow, what a ring is overwritten with while the command stands still is found in the journal', async (t) => {
  const { collector, following } = await followed(t);
  // it follows, and what comes next is overwritten before it looks again
  await later(300);
  kill(following.pid, 'SIGSTOP');
  collector.send('again');
  await collector.line('again');
  collector.send('flood');
  await collector.line('flooded');
  kill(following.pid, 'SIGCONT');
  while (following.lines.length < 2) await following.nextLine();
  kill(following.pid, 'SIGTERM');
  await following.succeeded();
  const hops = following.lines.map((line) => JSON.parse(line) as HopSeen);
  assert.deepEqual(
    hops.map(({ channel, sequence, found }) => [channel, sequence, found]),
    [
      ['quotes', 0, 'ring'],
      ['quotes', 1, 'journal'],
    ],
  );
  assert.equal(following.stderr, '', 'nothing was lost');
});

it('a ring that is overwritten while it is searched gives whole messages only', async (t) => {
  const directory = temporaryDirectory(t);
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const config: BusConfig = {
    channels: {
      flood: {
        type: 'SPMC',
        producer: 'writer',
        consumers: ['reader'],
        bufferSize: '64KB',
        messageSizeMax: 1000,
        backpressure: { mode: 'DropOldest' },
      },
    },
  };
  const flood = startProcess(t, script(import.meta.url, './actors/traced-flood.js'), [
    JSON.stringify(config),
    directory,
    traceId,
  ]);
  await flood.line('ready');
  let seen = 0;
  let overwritten = 0;
  for (let round = 0; round < 200 && (round < 6 || overwritten === 0 || seen === 0); round++) {
    const { code, data } = await apbus('trace', traceId, '--directory', directory, '--json', '--limit', '100000');
    const found = JSON.parse(data) as { messages: readonly HopSeen[]; damaged: number; overwritten: number };
    // a search that was overtaken again and again finds nothing
    assert.equal(code, found.messages.length > 0 ? 0 : 1);
    assert.equal(found.damaged, 0);
    overwritten += found.overwritten;
    for (const { spanId, depth, sequence } of found.messages) {
      const n = Number.parseInt(spanId, 16);
      assert.equal(depth, n % 200);
      assert.equal(sequence, n - 1);
    }
    seen += found.messages.length;
  }
  await flood.kill();
  assert.ok(seen > 0);
  assert.ok(overwritten > 0, 'the writer never overtook the search');
  t.diagnostic(`${seen} messages, ${overwritten} overwritten`);
});
