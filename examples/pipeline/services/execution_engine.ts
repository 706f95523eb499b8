import { OrderRequest, StageFlag, TraceContext } from 'alphapulse-bus/protocol';
import { LatencyHistogram } from '../stage/latency-histogram.js';
import { tradeOf } from '../stage/orders.js';
import { PositionLimit } from '../stage/positions.js';
import { serve, type Service, type Work } from '../stage/service.js';
import { elapsedNs } from '../stage/trace.js';

const LIMIT_SHARES = 2000;
const STAGES = StageFlag.Collected | StageFlag.Processed;

/** Carries out the orders that cannot wait for the coordinator. Here their way ends: how long it was is measured. */
function execute(service: Service): Work {
  const orders = service.input('critical_signals');
  const limit = new PositionLimit(LIMIT_SHARES);
  const endToEnd = new LatencyHistogram();
  const order = OrderRequest.zero();
  const trace = TraceContext.zero();
  service.endToEnd = endToEnd;
  service.facts = () => ({ accepted: limit.accepted, rejected: limit.rejected, position: limit.position.shares });

  return () =>
    orders.read((message, tlvs) => {
      limit.accepts(tradeOf(tlvs.read(OrderRequest, order)));
      const elapsed = elapsedNs(tlvs.read(TraceContext, trace), message.consumerDequeuedNs, STAGES);
      if (elapsed !== undefined) endToEnd.record(elapsed);
    });
}

await serve('execution_engine', execute);
