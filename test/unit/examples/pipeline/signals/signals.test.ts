import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MicroPriceSignal } from '../../../../../examples/pipeline/signals/micro-price.js';
import { MovingAverageCross } from '../../../../../examples/pipeline/signals/moving-average-cross.js';
import { OnlineModel } from '../../../../../examples/pipeline/signals/online-model.js';
import { PriceJump } from '../../../../../examples/pipeline/signals/price-jump.js';
import {
  Cooldown,
  MovingAverage,
  type Direction,
  type Quote,
  type Signal,
} from '../../../../../examples/pipeline/signals/signal.js';

const SPREAD = 1000;

function quote(mid: number, bidSize = 100, askSize = 100): Quote {
  return { bidPrice: mid - SPREAD / 2, bidSize, askPrice: mid + SPREAD / 2, askSize };
}

/** What a signal wanted for each quote. */
function run(signal: Signal, quotes: readonly Quote[]): Direction[] {
  return quotes.map((each) => signal.update(each));
}

function wanted(directions: readonly Direction[]): Direction[] {
  return directions.filter((direction) => direction !== 0);
}

/** Mids that stay, then move by `step` with every quote. */
function flatThenTrend(flat: number, step: number, trend: number): Quote[] {
  return Array.from({ length: flat + trend }, (_, i) => quote(5_000_000 + Math.max(0, i - flat + 1) * step));
}

describe('a moving average', () => {
  it('starts at the first value and then moves by 2 / (span + 1) of the distance', () => {
    const average = new MovingAverage(3);
    assert.equal(average.update(10), 10);
    assert.equal(average.update(20), 15);
    assert.equal(average.update(15), 15);
  });
});

describe('a cooldown', () => {
  it('lets one order through, then none for as many quotes as it was told', () => {
    const cooldown = new Cooldown(2);
    assert.deepEqual(
      [1, 1, 1, -1, 0, 0, 0, 1].map((d) => cooldown.filter(d as Direction)),
      [1, 0, 0, -1, 0, 0, 0, 1],
    );
  });
});

describe('the moving-average cross', () => {
  it('buys once when a rise begins and sells once when a fall begins', () => {
    assert.deepEqual(wanted(run(new MovingAverageCross(), flatThenTrend(150, 50, 100))), [1]);
    const rise = flatThenTrend(150, 50, 200);
    const top = (rise.at(-1)?.bidPrice ?? 0) + SPREAD / 2;
    const fall = Array.from({ length: 200 }, (_, i) => quote(top - i * 50));
    assert.deepEqual(wanted(run(new MovingAverageCross(), [...rise, ...fall])), [1, -1]);
  });

  it('says nothing before the slow average has seen its span', () => {
    const zigzag = Array.from({ length: 100 }, (_, i) => quote(5_000_000 + (i % 20 < 10 ? 500 : -500)));
    assert.deepEqual(wanted(run(new MovingAverageCross(), zigzag)), []);
  });
});

describe('the micro-price signal', () => {
  const calm = Array.from({ length: 100 }, () => quote(5_000_000));

  it('trades towards the side that the sizes lean to, and away from a price that only looks still', () => {
    // many bids, few asks: the next price is nearer to the ask
    assert.deepEqual(wanted(run(new MicroPriceSignal(), [...calm, quote(5_000_500, 9000, 100)])), [1]);
    assert.deepEqual(wanted(run(new MicroPriceSignal(), [...calm, quote(4_999_500, 100, 9000)])), [-1]);
  });

  it('leaves a balanced market alone, also one without any size', () => {
    assert.deepEqual(wanted(run(new MicroPriceSignal(), [...calm, ...calm])), []);
    assert.deepEqual(
      wanted(
        run(
          new MicroPriceSignal(),
          calm.map(() => quote(5_000_000, 0, 0)),
        ),
      ),
      [],
    );
  });

  it('is surer the further it is from its average', () => {
    const confidences = [800, 1500].map((jump) => {
      const signal = new MicroPriceSignal();
      run(signal, [...calm, quote(5_000_000 + jump)]);
      return signal.confidence;
    });
    assert.ok(
      confidences[0]! > 0 && confidences[0]! < confidences[1]! && confidences[1]! <= 1,
      confidences.join(' < '),
    );
  });
});

describe('the online model', () => {
  /** A market in which larger bids are always followed by a rise, larger asks by a fall. */
  function learnable(quotes: number): Quote[] {
    let mid = 5_000_000;
    let leansUp = true;
    return Array.from({ length: quotes }, (_, i) => {
      if (i > 0) mid += leansUp ? 100 : -100;
      leansUp = (i * 2_654_435_761) % 4_294_967_296 < 2_147_483_648;
      return leansUp ? quote(mid, 900, 100) : quote(mid, 100, 900);
    });
  }

  it('learns what moves the price: it predicts most moves, and trades the way they go', () => {
    const model = new OnlineModel();
    const quotes = learnable(3000);
    const directions = run(model, quotes);
    assert.ok(model.hitRate > 0.9, `hit rate ${model.hitRate}`);
    assert.ok(wanted(directions).length > 20, `${wanted(directions).length} orders`);
    directions.forEach((direction, i) => {
      if (direction === 0) return;
      const { bidSize, askSize } = quotes[i]!;
      assert.equal(direction, bidSize > askSize ? 1 : -1);
    });
  });

  it('does not trade before it has seen 200 moves', () => {
    assert.deepEqual(wanted(run(new OnlineModel(), learnable(200))), []);
  });

  it('predicts nothing where nothing moves', () => {
    const model = new OnlineModel();
    assert.deepEqual(
      wanted(
        run(
          model,
          Array.from({ length: 2000 }, () => quote(5_000_000)),
        ),
      ),
      [],
    );
    assert.equal(model.hitRate, 0);
  });
});

describe('the price jump', () => {
  /** Mids that go up and down by a cent. */
  const usual = Array.from({ length: 600 }, (_, i) => quote(5_000_000 + (i % 2) * 100));

  it('follows a jump of many usual moves, up or down', () => {
    assert.deepEqual(wanted(run(new PriceJump(), [...usual, quote(5_002_000)])), [1]);
    assert.deepEqual(wanted(run(new PriceJump(), [...usual, quote(4_998_000)])), [-1]);
  });

  it('leaves usual moves alone, and jumps before it knows what is usual', () => {
    assert.deepEqual(wanted(run(new PriceJump(), usual)), []);
    assert.deepEqual(wanted(run(new PriceJump(), [...usual.slice(0, 400), quote(5_900_000)])), []);
  });
});
