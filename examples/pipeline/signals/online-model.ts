import { Cooldown, MovingAverage, type Direction, type Quote, type Signal } from './signal.js';

const LEARNING_RATE = 0.02;
const FORGETTING = 1e-4;
/** Moves of the mid that the model has to learn from before it may trade. */
const TRAINING_MOVES = 200;
const THRESHOLD = 0.62;
const COOLDOWN_QUOTES = 40;

/**
 * Machine learning, small but real: a logistic regression that learns while it runs. From the imbalance of the sizes,
 * the trend and the spread it predicts whether the next move of the mid is up; each move teaches it.
 */
export class OnlineModel implements Signal {
  confidence = 0;
  readonly #features = new Float64Array(4);
  readonly #weights = new Float64Array(4);
  readonly #trend = new MovingAverage(30);
  readonly #spread = new MovingAverage(200);
  readonly #cooldown = new Cooldown(COOLDOWN_QUOTES);
  #lastMid = Number.NaN;
  #prediction = 0.5;
  #moves = 0;
  #hits = 0;

  /** The share of moves whose direction was predicted. */
  get hitRate(): number {
    return this.#moves === 0 ? 0 : this.#hits / this.#moves;
  }

  update(quote: Quote): Direction {
    const mid = (quote.bidPrice + quote.askPrice) / 2;
    if (mid !== this.#lastMid && !Number.isNaN(this.#lastMid)) this.#learn(mid > this.#lastMid);
    this.#lastMid = mid;
    this.#observe(quote, mid);
    this.#prediction = this.#predict();

    let wanted: Direction = 0;
    if (this.#moves >= TRAINING_MOVES && this.#prediction > THRESHOLD) wanted = 1;
    else if (this.#moves >= TRAINING_MOVES && this.#prediction < 1 - THRESHOLD) wanted = -1;
    const direction = this.#cooldown.filter(wanted);
    if (direction !== 0) this.confidence = Math.max(this.#prediction, 1 - this.#prediction);
    return direction;
  }

  #observe({ bidPrice, bidSize, askPrice, askSize }: Quote, mid: number): void {
    const spread = this.#spread.update(askPrice - bidPrice);
    const sizes = Math.max(bidSize + askSize, 1);
    this.#features[0] = 1;
    this.#features[1] = (bidSize - askSize) / sizes;
    this.#features[2] = clamp((mid - this.#trend.update(mid)) / Math.max(spread, 1));
    this.#features[3] = clamp((askPrice - bidPrice) / Math.max(spread, 1) - 1);
  }

  #predict(): number {
    let sum = 0;
    for (let i = 0; i < 4; i++) sum += (this.#weights[i] ?? 0) * (this.#features[i] ?? 0);
    return 1 / (1 + Math.exp(-sum));
  }

  /** One step of stochastic gradient descent on what was predicted before the move. */
  #learn(wentUp: boolean): void {
    const error = (wentUp ? 1 : 0) - this.#prediction;
    for (let i = 0; i < 4; i++) {
      const weight = this.#weights[i] ?? 0;
      this.#weights[i] = weight * (1 - FORGETTING) + LEARNING_RATE * error * (this.#features[i] ?? 0);
    }
    this.#moves++;
    if (this.#prediction > 0.5 === wentUp) this.#hits++;
  }
}

function clamp(value: number): number {
  return Math.max(-3, Math.min(3, value));
}
