import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replaceSection } from '../../../bench/report/document.js';
import { digits, spreadText } from '../../../bench/report/figures.js';
import { formatTable } from '../../../bench/report/table.js';
import { judge } from '../../../bench/report/targets.js';
import { emptyResults, type Results } from '../../../bench/results.js';
import { KIB, MIB, allScenarios, nameOf, quickScenarios } from '../../../bench/scenarios.js';
import { spreadOf } from '../../../bench/statistics/spread.js';

test('figures have three digits that count', () => {
  assert.deepEqual([0.123, 1.234, 12.34, 123.4, 1234].map(digits), ['0.12', '1.23', '12.3', '123', '1234']);
  assert.equal(digits(NaN), '-');
  assert.equal(spreadText(spreadOf([1e6, 2e6, 4e6]), 1e6), '2.00 (1.00-4.00)');
});

test('a table is aligned and is Markdown', () => {
  assert.equal(
    formatTable(
      ['what', 'n'],
      [
        ['a', '1'],
        ['longer', '1000'],
      ],
    ),
    ['| what   |    n |', '| ------ | ---: |', '| a      |    1 |', '| longer | 1000 |'].join('\n'),
  );
});

test('a section is replaced in its place, and what stands around it stays', () => {
  const first = replaceSection('# Title\n\nText.\n', 'bench', 'old');
  const both = replaceSection(first, 'peers', 'other');
  const second = replaceSection(both, 'bench', 'new $& figures');
  assert.match(first, /^# Title\n\nText\.\n\n<!-- begin: bench \(generated\) -->\n\nold\n\n<!-- end: bench -->\n$/);
  assert.equal(
    second,
    both.replace('old', () => 'new $& figures'),
  );
});

test('every scenario has a name of its own, and the quick ones are among all', () => {
  const all = allScenarios().map(nameOf);
  assert.equal(new Set(all).size, all.length);
  for (const scenario of quickScenarios()) assert.ok(all.includes(nameOf(scenario)), nameOf(scenario));
});

function withSpsc1Kb(rate: number, ratio: number): Results {
  const results = emptyResults();
  results.throughput.push({
    scenario: { kind: 'throughput', type: 'SPSC', messageBytes: KIB, ringBytes: MIB, timestamps: true },
    idle: 'spin',
    rate: spreadOf([rate]),
    reference: spreadOf([rate / ratio]),
    ratio: spreadOf([ratio]),
    probeNs: undefined,
  });
  return results;
}

function verdicts(results: Results): (boolean | undefined)[] {
  return judge(results).map(({ reached }) => reached);
}

test('a figure is reached, missed or not measured, and the three look different', () => {
  assert.ok(verdicts(emptyResults()).every((reached) => reached === undefined));
  assert.deepEqual(verdicts(withSpsc1Kb(12e6, 0.9)).slice(0, 3), [true, true, true]);
  assert.deepEqual(verdicts(withSpsc1Kb(9.9e6, 0.79)).slice(0, 3), [false, false, true]);
  assert.deepEqual(verdicts(withSpsc1Kb(9e6, 0.9)).slice(0, 3), [true, false, false]);
});

test('another ring or message size does not stand in for a figure to reach', () => {
  const results = withSpsc1Kb(12e6, 0.9);
  const [only] = results.throughput;
  results.throughput[0] = { ...only!, scenario: { ...only!.scenario, ringBytes: 64 * MIB } };
  assert.ok(verdicts(results).every((reached) => reached === undefined));
});

test('garbage is judged by the worst call of the worst channel', () => {
  const results = emptyResults();
  const scenario = { kind: 'garbage', type: 'SPSC', messageBytes: 64, ringBytes: MIB, timestamps: true } as const;
  const none = spreadOf([1000]);
  results.garbage.push({ scenario, write: none, tryWrite: none, poll: none });
  assert.equal(verdicts(results).at(-1), true);
  results.garbage.push({
    scenario: { ...scenario, type: 'MPMC' },
    write: none,
    tryWrite: none,
    poll: spreadOf([16e6]),
  });
  assert.equal(verdicts(results).at(-1), false);
});
