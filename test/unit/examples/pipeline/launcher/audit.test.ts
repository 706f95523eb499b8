import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadConfig, type ResolvedConfig } from 'alphapulse-bus';
import { audit } from '../../../../../examples/pipeline/launcher/audit.js';
import type { EndpointReport, ServiceReport } from '../../../../../examples/pipeline/stage/reports.js';
import { Tally, type TallyReport } from '../../../../../examples/pipeline/stage/tally.js';

// build/test/unit/examples/pipeline/launcher/ -> the package's root
const CONFIG = fileURLToPath(new URL('../../../../../../config/message_bus.toml', import.meta.url));

/** How many messages each service writes in the run that these tests look at. */
const WRITTEN: Readonly<Record<string, number>> = {
  polygon_collector: 1000,
  arbitrage_strategy: 5,
  ml_strategy: 6,
  momentum_strategy: 7,
  flash_arbitrage: 3,
  execution_coordinator: 18,
};
const ACCEPTED = 14;

/** So that a test can change one thing. */
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] extends object ? Mutable<T[Key]> : T[Key] };
type Report = Mutable<ServiceReport>;

function tallyOf(producer: string): TallyReport {
  const tally = new Tally(producer);
  for (let n = 0; n < (WRITTEN[producer] ?? 0); n++) tally.add(n, 7 * n);
  return tally.report();
}

function endpoint(channel: string, role: EndpointReport['role'], producers: readonly string[]): EndpointReport {
  return { channel, role, tallies: producers.map(tallyOf), lag: 0, gaps: 0, lost: 0 };
}

function latencies(count: number): ServiceReport['endToEnd'] {
  return { count, p50Ns: 1, p99Ns: 1, p999Ns: 1, maxNs: 1 };
}

/** The reports of a run in which all went well. */
function perfectRun(config: ResolvedConfig): Map<string, Report> {
  const reports = new Map<string, Report>();
  const channels = [...config.channels.values()];
  for (const service of new Set(channels.flatMap(({ producers, consumers }) => [...producers, ...consumers]))) {
    const endpoints = channels.flatMap(({ name, producers, consumers }) => [
      ...(producers.includes(service) ? [endpoint(name, 'producer', [service])] : []),
      ...(consumers.includes(service) ? [endpoint(name, 'consumer', producers)] : []),
    ]);
    reports.set(service, { service, endpoints, facts: {} } as Report);
  }
  const of = (service: string): Report => reports.get(service)!;
  of('polygon_collector').facts = { quotes: 1000 };
  for (const name of ['arbitrage_strategy', 'ml_strategy', 'momentum_strategy', 'flash_arbitrage']) {
    of(name).facts = { orders: WRITTEN[name]! };
  }
  of('execution_coordinator').facts = { accepted: ACCEPTED, rejected: 18 - ACCEPTED };
  of('risk_monitor').facts = { fills: ACCEPTED, rejections: 18 - ACCEPTED };
  of('risk_monitor').endToEnd = latencies(18);
  of('execution_engine').facts = { accepted: 3, rejected: 0 };
  of('execution_engine').endToEnd = latencies(3);
  return reports;
}

describe('the audit of a run', () => {
  let config: ResolvedConfig;
  before(async () => {
    config = await loadConfig(CONFIG);
  });

  /** What it complains about when something in a perfect run is changed. */
  function complaints(change: (reports: Map<string, Report>) => void): string[] {
    const reports = perfectRun(config);
    change(reports);
    const checks = audit(config, reports);
    return checks.filter(({ ok }) => !ok).map(({ text }) => text);
  }

  function endpointOf(reports: Map<string, Report>, service: string, channel: string): Mutable<EndpointReport> {
    return reports.get(service)!.endpoints.find((each) => each.channel === channel)!;
  }

  it('finds nothing wrong when every message is accounted for', () => {
    assert.deepEqual(
      complaints(() => undefined),
      [],
    );
  });

  it('finds a message that one consumer did not read, and names channel, consumer and producer', () => {
    const found = complaints((reports) => {
      endpointOf(reports, 'dashboard', 'market_data').tallies[0]!.messages--;
    });
    assert.deepEqual(found, [
      'market_data: dashboard read 999 of 1,000 messages: polygon_collector wrote 1000, but 999 were read',
    ]);
  });

  it('finds a message that was altered, or came in another order: the counts are right, the digest is not', () => {
    const found = complaints((reports) => {
      endpointOf(reports, 'execution_coordinator', 'signals').tallies[1]!.digest ^= 1;
    });
    assert.equal(found.length, 1);
    assert.match(found[0]!, /^signals: .*the messages of ml_strategy are not those that were read, or not in order/);
  });

  for (const [fault, expected] of [
    ['gaps', /2 gaps in the sequence/],
    ['lost', /2 lost/],
    ['lag', /2 left unread/],
  ] as const) {
    it(`finds a consumer that reports ${fault}`, () => {
      const found = complaints((reports) => {
        endpointOf(reports, 'risk_monitor', 'execution_results')[fault] = 2;
      });
      assert.equal(found.length, 1);
      assert.match(found[0]!, expected);
    });
  }

  it('finds messages of a stranger', () => {
    const found = complaints((reports) => {
      endpointOf(reports, 'execution_engine', 'critical_signals').tallies.push({
        producer: 'x',
        messages: 1,
        digest: 0,
      });
    });
    assert.ok(
      found.some((text) => text.includes('it heard from x, which does not produce here')),
      found.join('\n'),
    );
  });

  it('finds an order without a result, and a result that cannot be traced to its quote', () => {
    const undecided = complaints((reports) => {
      reports.get('execution_coordinator')!.facts['rejected'] = 3;
    });
    assert.deepEqual(undecided, [
      '18 orders, 17 accepted or rejected',
      '17 orders accepted or rejected, 18 results on the bus',
      '3 orders rejected, 4 rejections at the risk monitor',
    ]);
    const untraced = complaints((reports) => {
      reports.get('risk_monitor')!.endToEnd = latencies(17);
    });
    assert.deepEqual(untraced, ['18 results, 17 traced back to their quote']);
  });

  it('finds a quote of the source that was never written, and an order of a strategy that was not', () => {
    const found = complaints((reports) => {
      reports.get('polygon_collector')!.facts['quotes'] = 1001;
      reports.get('ml_strategy')!.facts['orders'] = 7;
    });
    assert.deepEqual(found, ['1,001 quotes of the source, 1,000 on the bus', '7 orders of ml_strategy, 6 on the bus']);
  });

  it('passes nothing that was not reported: neither a missing service nor a missing fact', () => {
    const silent = complaints((reports) => reports.delete('analytics'));
    assert.equal(
      silent.filter((text) => text.includes('analytics read 0') && text.includes('it sent no report')).length,
      2,
    );
    const factless = complaints((reports) => {
      reports.get('flash_arbitrage')!.facts = {};
    });
    assert.equal(factless.length, 1);
    assert.match(factless[0]!, /orders of flash_arbitrage/);
  });
});
