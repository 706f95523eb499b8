import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { InputBook, OutputBook, readInput, readOutput } from '../../../../../examples/pipeline/stage/accounts.js';
import { temporaryDirectory } from '../../../../kit/temporary-channel.js';

const PRODUCERS = ['ml_strategy', 'momentum_strategy'];

function book(t: TestContext, directory: string): InputBook {
  const opened = new InputBook(directory, 'execution_coordinator', 'signals', PRODUCERS);
  t.after(() => opened.close());
  return opened;
}

function read(directory: string): ReturnType<typeof readInput> {
  return readInput(directory, 'execution_coordinator', 'signals', PRODUCERS);
}

describe('the account of an input', () => {
  it('is what was counted, also for who looks while it is kept, and is taken on by the next life', (t) => {
    const directory = temporaryDirectory(t);
    const first = book(t, directory);
    for (let n = 0; n < 3; n++) first.count(n, 'ml_strategy', 0, n, 7);
    const second = book(t, directory);
    assert.equal(second.hasCounted(2), true);
    second.countAgain();
    assert.equal(second.hasCounted(3), false);
    second.count(3, 'ml_strategy', 0, 3, 7);
    const { nextSequence, redelivered, missing, streams } = read(directory);
    assert.deepEqual([nextSequence, redelivered, missing], [4, 1, 0]);
    assert.deepEqual(
      streams.map(({ producer, life, messages, jumped }) => [producer, life, messages, jumped]),
      [['ml_strategy', 0, 4, 0]],
    );
  });

  it('keeps the lives of producers apart, and those that have ended', (t) => {
    const directory = temporaryDirectory(t);
    const kept = book(t, directory);
    kept.count(0, 'ml_strategy', 0, 0, 1);
    kept.count(1, 'momentum_strategy', 0, 0, 2);
    kept.count(2, 'ml_strategy', 1, 0, 3);
    kept.count(3, 'ml_strategy', 2, 0, 4);
    const lives = read(directory).streams.map(({ producer, life, messages }) => `${producer} ${life} ${messages}`);
    assert.deepEqual(lives.sort(), ['ml_strategy 0 1', 'ml_strategy 1 1', 'ml_strategy 2 1', 'momentum_strategy 0 1']);
  });

  it('notes sequences that never came, and numbers of a producer that were left out', (t) => {
    const directory = temporaryDirectory(t);
    const kept = book(t, directory);
    kept.count(0, 'ml_strategy', 0, 0, 1);
    kept.count(5, 'ml_strategy', 0, 4, 1);
    kept.count(6, 'ml_strategy', 0, 5, 1);
    const { missing, streams } = read(directory);
    assert.deepEqual([missing, streams[0]?.messages, streams[0]?.jumped], [4, 3, 3]);
  });

  it('is empty when nothing was ever counted', (t) => {
    assert.deepEqual(read(temporaryDirectory(t)), { nextSequence: 0, redelivered: 0, missing: 0, streams: [] });
  });
});

describe('the account of an output', () => {
  it('is the last that was saved, of each life', (t) => {
    const directory = temporaryDirectory(t);
    for (const life of [0, 1]) {
      const kept = new OutputBook(directory, 'ml_strategy', 'signals', life);
      kept.save(5 + life, 77, 2);
      kept.close();
    }
    assert.deepEqual(readOutput(directory, 'ml_strategy', 'signals', 1), { messages: 6, digest: 77, backlog: 2 });
    assert.deepEqual(readOutput(directory, 'ml_strategy', 'signals', 9), { messages: 0, digest: 0, backlog: 0 });
  });
});
