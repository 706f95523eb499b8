import {
  OrderRequest,
  OrderType,
  Quote,
  RelayDomain,
  Side,
  SignalIdentity,
  StageFlag,
  TraceContext,
} from 'alphapulse-bus/protocol';
import type { Quote as PlainQuote, Signal } from '../signals/signal.js';
import { MessageComposer } from './message-composer.js';
import type { Service, Work } from './service.js';
import { sourceOf } from './sources.js';
import { carryOn } from './trace.js';

/** Prices in the signals are × 10,000, as in the input files: whole numbers. */
const PRICE_SCALE = 10_000;
const ORDER_SHARES = 100;
const CONFIDENCE_SCALE = 10_000;

/**
 * A strategy: reads every quote, lets its signal compute, and writes an order when the signal wants one. The order says
 * which strategy it comes from, and carries on the trace of the quote that caused it.
 */
export function strategy(service: Service, signal: Signal, orderChannel: string): Work {
  const quotes = service.input('market_data');
  const orders = service.output(orderChannel);
  const composer = new MessageComposer(service.name, RelayDomain.Signal, service.life);
  const source = sourceOf(service.name);
  const quote = Quote.zero();
  const trace = TraceContext.zero();
  const plain: PlainQuote = { bidPrice: 0, bidSize: 0, askPrice: 0, askSize: 0 };
  let sent = 0;
  let buys = 0;
  service.facts = () => ({ orders: sent, buys, sells: sent - buys });

  return () =>
    quotes.read((message, tlvs) => {
      tlvs.read(Quote, quote);
      plain.bidPrice = Math.round(quote.bidPrice * PRICE_SCALE);
      plain.bidSize = quote.bidSize;
      plain.askPrice = Math.round(quote.askPrice * PRICE_SCALE);
      plain.askSize = quote.askSize;
      const direction = signal.update(plain);
      if (direction === 0) return;

      const isBuy = direction === 1;
      const nowNs = message.consumerDequeuedNs;
      const { assetId, venueId } = quote;
      // who buys pays the ask, who sells gets the bid
      const price = isBuy ? quote.askPrice : quote.bidPrice;
      const side = isBuy ? Side.Buy : Side.Sell;
      const orderId = (BigInt(service.life) << 48n) | (BigInt(source) << 32n) | BigInt(sent);
      const confidence = Math.round(signal.confidence * CONFIDENCE_SCALE);
      carryOn(tlvs.read(TraceContext, trace), source, nowNs, StageFlag.Processed);
      composer
        .begin(nowNs)
        .addTlv(SignalIdentity, { strategyId: source, signalId: sent, confidence, chainId: 0 })
        .addTlv(OrderRequest, {
          orderId,
          assetId,
          price,
          quantity: ORDER_SHARES,
          venueId,
          side,
          orderType: OrderType.Limit,
        })
        .addTlv(TraceContext, trace);
      orders.send(composer.finish());
      sent++;
      if (isBuy) buys++;
    }, orders);
}
