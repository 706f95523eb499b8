import { Fill, Quote } from 'alphapulse-bus/protocol';
import type { MessageHandler } from '../stage/input.js';
import { RunningStatistics } from '../stage/running-statistics.js';
import { serve, type Service, type Work } from '../stage/service.js';

const BASIS_POINTS = 10_000;

/** Reads two channels and describes what went over them: the market, and the trading in it. */
function analyse(service: Service): Work {
  const quotes = service.input('market_data');
  const results = service.input('execution_results');
  const quote = Quote.zero();
  const fill = Fill.zero();
  const spread = new RunningStatistics();
  const returns = new RunningStatistics();
  let lastMid = Number.NaN;
  let shares = 0;
  let turnover = 0;
  service.facts = () => ({
    'mean spread': spread.mean.toFixed(4),
    'volatility, bp per move': returns.standardDeviation.toFixed(3),
    'shares traded': shares,
    'average price': shares === 0 ? '-' : (turnover / shares).toFixed(4),
  });

  const onQuote: MessageHandler = (_message, tlvs) => {
    const { bidPrice, askPrice } = tlvs.read(Quote, quote);
    const mid = (bidPrice + askPrice) / 2;
    spread.add(askPrice - bidPrice);
    if (mid !== lastMid && lastMid > 0) returns.add(Math.log(mid / lastMid) * BASIS_POINTS);
    lastMid = mid;
  };
  const onResult: MessageHandler = (_message, tlvs) => {
    const { price, quantity } = tlvs.read(Fill, fill);
    shares += Number(quantity);
    turnover += price * Number(quantity);
  };
  return async () => {
    await Promise.all([quotes.read(onQuote), results.read(onResult)]);
  };
}

await serve('analytics', analyse);
