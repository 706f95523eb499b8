import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { seriesNames } from '#src/observe/metrics/all-metrics.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';
import { deployed, deployedText, NEEDS_YAML, yamlDocuments } from './deploy-files.js';

const ALERTS = 'prometheus/alphapulse-alerts.yml';

interface Dashboard {
  uid: string;
  schemaVersion: number;
  templating: { list: { name: string; type: string; definition?: string }[] };
  panels: Panel[];
}

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { h: number; w: number; x: number; y: number };
  datasource?: { uid: string };
  targets?: { refId: string; expr: string; datasource: { uid: string } }[];
}

interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
}

/** Metrics of ours that a query names and `apbus serve` does not have. */
function unknownIn(query: string): string[] {
  const known = seriesNames();
  return [...query.matchAll(/\bapbus_\w+/g)].map(([name]) => name).filter((name) => !known.has(name));
}

it('what is looked for in queries is found where it is wrong', () => {
  assert.deepEqual(
    unknownIn('rate(apbus_channel_messages_total[5m]) / apbus_consumer_queue_latency_seconds_bucket'),
    [],
  );
  assert.deepEqual(unknownIn('apbus_channel_message_total + apbus_consumer_queue_latency_seconds'), [
    'apbus_channel_message_total',
    'apbus_consumer_queue_latency_seconds',
  ]);
});

it('the dashboard is one that Grafana loads, and asks for nothing that is not exposed', () => {
  const dashboard = JSON.parse(deployedText('grafana/alphapulse-bus.json')) as Dashboard;
  assert.ok(dashboard.uid.length <= 40 && dashboard.schemaVersion >= 36);
  const variables = dashboard.templating.list.map(({ name }) => name);
  assert.deepEqual(variables, ['datasource', 'channel']);
  const ids = dashboard.panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const queries = dashboard.templating.list.flatMap(({ definition }) => definition ?? []);
  for (const { type, title, gridPos, targets = [] } of dashboard.panels) {
    assert.match(type, /^(?:row|stat|timeseries|table)$/);
    assert.ok(gridPos.x + gridPos.w <= 24 && gridPos.h > 0, title);
    assert.equal(targets.length > 0, type !== 'row', title);
    for (const { expr, datasource } of targets) {
      assert.equal(datasource.uid, '${datasource}');
      for (const [, name] of expr.matchAll(/\$(\w+)/g)) assert.match(name!, /^(?:channel|__rate_interval)$/);
      queries.push(expr);
    }
  }
  assert.ok(queries.length > 20);
  for (const query of queries) assert.deepEqual(unknownIn(query), [], query);
});

it('no two panels of the dashboard stand in the same place', () => {
  const { panels } = JSON.parse(deployedText('grafana/alphapulse-bus.json')) as Dashboard;
  const taken = new Map<string, string>();
  for (const { title, gridPos } of panels)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.equal(taken.get(`${x} ${y}`), undefined, title);
        taken.set(`${x} ${y}`, title);
      }
});

it('the alert rules ask for nothing that is not exposed, and say what they found', async (t) => {
  const documents = await yamlDocuments(ALERTS);
  if (documents === undefined) return t.skip(NEEDS_YAML);
  const rules = (documents[0] as Rules).groups.flatMap((group) => group.rules);
  assert.ok(rules.length > 5);
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { expr, annotations } of rules) {
    assert.deepEqual(unknownIn(expr), [], expr);
    assert.ok(annotations.summary.length > 0);
  }
});

it('promtool takes the scrape configuration and the rules', (t) => {
  if (spawnSync('promtool', ['--version']).error !== undefined)
    return t.skip('needs promtool (apt-get install prometheus)');
  const run = (...args: string[]): void => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
    assert.equal(status, 0, `${stdout}${stderr}`);
  };
  run('check', 'config', deployed('prometheus/prometheus.yml'));
  run('check', 'rules', deployed(ALERTS));
});

it('the alert rules tell of a channel that is used and not recorded, and not of one at rest', (t) => {
  if (spawnSync('promtool', ['--version']).error !== undefined)
    return t.skip('needs promtool (apt-get install prometheus)');
  const series = (name: string, labels: string, values: string): object => ({
    series: `${name}{job="apbus",instance="here",${labels}}`,
    values,
  });
  const labels = { severity: 'critical', job: 'apbus', instance: 'here' };
  const alerts = (alertname: string, found: object[]): object => ({ eval_time: '9m', alertname, exp_alerts: found });
  const test = {
    rule_files: [deployed(ALERTS)],
    tests: [
      {
        interval: '1m',
        input_series: [
          series('apbus_journal_state', 'channel="used",state="none"', '1x10'),
          series('apbus_producer_state', 'channel="used",producer="feed",slot="0",state="alive"', '1x10'),
          series('apbus_journal_state', 'channel="at_rest",state="none"', '1x10'),
          series('apbus_producer_state', 'channel="at_rest",producer="feed",slot="0",state="alive"', '0x10'),
          series('apbus_producer_state', 'channel="at_rest",producer="feed",slot="0",state="detached"', '1x10'),
          series('apbus_journal_state', 'channel="full_disk",state="stopped"', '1x10'),
          series('apbus_channel_breaker_state', 'channel="refusing",state="closed"', '0x10'),
          series('apbus_channel_breaker_state', 'channel="refusing",state="half-open"', '1x10'),
          series('apbus_channel_breaker_state', 'channel="well",state="closed"', '1x10'),
        ],
        alert_rule_test: [
          alerts('ApbusJournalNotRecording', [
            {
              exp_labels: { ...labels, channel: 'used', state: 'none' },
              exp_annotations: { summary: 'the journal of used is none' },
            },
            {
              exp_labels: { ...labels, channel: 'full_disk', state: 'stopped' },
              exp_annotations: { summary: 'the journal of full_disk is stopped' },
            },
          ]),
          alerts('ApbusBreakerOpen', [
            {
              exp_labels: { ...labels, channel: 'refusing', state: 'closed' },
              exp_annotations: {
                summary: 'the circuit breaker of refusing is open: writes are refused, but for one now and then',
              },
            },
          ]),
        ],
      },
    ],
  };
  const file = join(temporaryDirectory(t), 'rules.test.yml');
  // JSON is YAML too
  writeFileSync(file, JSON.stringify(test));
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
});
