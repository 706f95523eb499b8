import { Fill, OrderRequest, RelayDomain, SignalIdentity, StageFlag, TraceContext } from 'alphapulse-bus/protocol';
import { MessageComposer } from '../stage/message-composer.js';
import { tradeOf } from '../stage/orders.js';
import { PositionLimit } from '../stage/positions.js';
import { serve, type Service, type Work } from '../stage/service.js';
import { sourceOf } from '../stage/sources.js';
import { carryOn } from '../stage/trace.js';

const NAME = 'execution_coordinator';
/** Shares that one strategy may hold or owe. */
const LIMIT_SHARES = 1000;

/**
 * Decides on the orders of the three strategies, in the one order in which the channel has them, and says of each what
 * became of it: filled at its price, or, beyond the strategy's limit, not at all (a fill of quantity 0).
 */
function coordinate(service: Service): Work {
  const orders = service.input('signals');
  const results = service.output('execution_results');
  const composer = new MessageComposer(NAME, RelayDomain.Execution, service.life);
  const limits = new Map<number, PositionLimit>();
  const order = OrderRequest.zero();
  const identity = SignalIdentity.zero();
  const trace = TraceContext.zero();
  const count = (outcome: 'accepted' | 'rejected'): number =>
    [...limits.values()].reduce((sum, limit) => sum + limit[outcome], 0);
  service.facts = () => ({ accepted: count('accepted'), rejected: count('rejected') });

  return () =>
    orders.read((message, tlvs) => {
      tlvs.read(OrderRequest, order);
      tlvs.read(SignalIdentity, identity);
      let limit = limits.get(identity.strategyId);
      if (limit === undefined) {
        limit = new PositionLimit(LIMIT_SHARES);
        limits.set(identity.strategyId, limit);
      }
      const { orderId, price } = order;
      const nowNs = message.consumerDequeuedNs;
      const quantity = limit.accepts(tradeOf(order)) ? order.quantity : 0;
      carryOn(tlvs.read(TraceContext, trace), sourceOf(NAME), nowNs, StageFlag.Executed);
      composer
        .begin(nowNs)
        .addTlv(Fill, { orderId, price, quantity, timestampNs: nowNs })
        .addTlv(OrderRequest, order)
        .addTlv(SignalIdentity, identity)
        .addTlv(TraceContext, trace);
      results.send(composer.finish());
    }, results);
}

await serve(NAME, coordinate);
