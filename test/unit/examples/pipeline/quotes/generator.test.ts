import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateQuotes } from '../../../../../examples/pipeline/quotes/generator.js';

interface Row {
  readonly askPrice: number;
  readonly askSize: number;
  readonly bidPrice: number;
  readonly bidSize: number;
}

async function take(seed: number, rows: number): Promise<Row[]> {
  const taken: Row[] = [];
  for await (const { count, askPrice, askSize, bidPrice, bidSize } of generateQuotes(seed)) {
    for (let i = 0; i < count && taken.length < rows; i++) {
      taken.push({
        askPrice: askPrice[i] ?? 0,
        askSize: askSize[i] ?? 0,
        bidPrice: bidPrice[i] ?? 0,
        bidSize: bidSize[i] ?? 0,
      });
    }
    if (taken.length === rows) break;
  }
  return taken;
}

describe('generated quotes', () => {
  it('are the same for the same seed, and others for another', async () => {
    const first = await take(7, 5000);
    assert.deepEqual(await take(7, 5000), first);
    assert.notDeepEqual(await take(8, 5000), first);
  });

  it('are quotes that a market could show: whole cents, bid below ask, sizes in lots of 100', async () => {
    for (const { askPrice, askSize, bidPrice, bidSize } of await take(3, 20_000)) {
      assert.ok(bidPrice > 0 && bidPrice < askPrice, `bid ${bidPrice}, ask ${askPrice}`);
      assert.equal(askPrice % 100, 0);
      assert.equal(bidPrice % 100, 0);
      assert.ok(askSize >= 100 && askSize % 100 === 0, `ask size ${askSize}`);
      assert.ok(bidSize >= 100 && bidSize % 100 === 0, `bid size ${bidSize}`);
    }
  });

  it('move, and stay within reach of where they began', async () => {
    const mids = (await take(1, 20_000)).map(({ askPrice, bidPrice }) => (askPrice + bidPrice) / 2);
    assert.ok(new Set(mids).size > 100, `${new Set(mids).size} different mids`);
    assert.ok(Math.max(...mids) / Math.min(...mids) < 2, `from ${Math.min(...mids)} to ${Math.max(...mids)}`);
  });
});
