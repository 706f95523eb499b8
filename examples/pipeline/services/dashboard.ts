import { Fill, Quote } from 'alphapulse-bus/protocol';
import type { MessageHandler } from '../stage/input.js';
import { serve, type Service, type Work } from '../stage/service.js';

/** What a trader has on the screen: the market now, the day's range, and how the orders fare. */
function watch(service: Service): Work {
  const quotes = service.input('market_data');
  const results = service.input('execution_results');
  const quote = Quote.zero();
  const fill = Fill.zero();
  let high = 0;
  let low = Number.POSITIVE_INFINITY;
  let filled = 0;
  let rejected = 0;
  service.facts = () => ({
    bid: quote.bidPrice.toFixed(2),
    ask: quote.askPrice.toFixed(2),
    range: high === 0 ? '-' : `${low.toFixed(2)} to ${high.toFixed(2)}`,
    filled,
    rejected,
  });

  const onQuote: MessageHandler = (_message, tlvs) => {
    const { bidPrice, askPrice } = tlvs.read(Quote, quote);
    const mid = (bidPrice + askPrice) / 2;
    high = Math.max(high, mid);
    low = Math.min(low, mid);
  };
  const onResult: MessageHandler = (_message, tlvs) => {
    if (tlvs.read(Fill, fill).quantity === 0n) rejected++;
    else filled++;
  };
  return async () => {
    await Promise.all([quotes.read(onQuote), results.read(onResult)]);
  };
}

await serve('dashboard', watch);
