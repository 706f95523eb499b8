import { Fill, OrderRequest, SignalIdentity, StageFlag, TraceContext } from 'alphapulse-bus/protocol';
import { LatencyHistogram } from '../stage/latency-histogram.js';
import { formatMoney, tradeOf } from '../stage/orders.js';
import { Position } from '../stage/positions.js';
import { serve, type Service, type Work } from '../stage/service.js';
import { elapsedNs } from '../stage/trace.js';

const STAGES = StageFlag.Collected | StageFlag.Processed | StageFlag.Executed;

/**
 * The end of the pipeline: keeps the position of each strategy from the fills alone, the exposure of all and the worst
 * loss on the way, and measures for every result how long ago its quote left the collector.
 */
function monitor(service: Service): Work {
  const results = service.input('execution_results');
  const endToEnd = new LatencyHistogram();
  const positions = new Map<number, Position>();
  const fill = Fill.zero();
  const order = OrderRequest.zero();
  const identity = SignalIdentity.zero();
  const trace = TraceContext.zero();
  let fills = 0;
  let rejections = 0;
  let largest = 0;
  let lowest = 0;
  let value = 0;
  service.endToEnd = endToEnd;
  service.facts = () => ({
    fills,
    rejections,
    'largest exposure': largest,
    'profit or loss': formatMoney(value),
    'worst loss': formatMoney(lowest),
  });

  return () =>
    results.read((message, tlvs) => {
      const elapsed = elapsedNs(tlvs.read(TraceContext, trace), message.consumerDequeuedNs, STAGES);
      if (elapsed !== undefined) endToEnd.record(elapsed);
      if (tlvs.read(Fill, fill).quantity === 0n) {
        rejections++;
        return;
      }
      fills++;
      tlvs.read(SignalIdentity, identity);
      const trade = tradeOf(tlvs.read(OrderRequest, order));
      let position = positions.get(identity.strategyId);
      if (position === undefined) {
        position = new Position();
        positions.set(identity.strategyId, position);
      }
      position.add({ ...trade, quantity: Number(fill.quantity) });
      const all = [...positions.values()];
      largest = Math.max(
        largest,
        all.reduce((sum, { shares }) => sum + Math.abs(shares), 0),
      );
      value = all.reduce((sum, each) => sum + each.valueAt(trade.price), 0);
      lowest = Math.min(lowest, value);
    });
}

await serve('risk_monitor', monitor);
