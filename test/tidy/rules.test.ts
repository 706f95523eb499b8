import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  emptyName,
  leftBehind,
  LINES_MAX,
  machinePath,
  misplacedTests,
  privateReference,
  putOff,
  tooLong,
  unexplainedSuppression,
  type Complaint,
  type SourceFile,
} from './rules.js';

type Rule = (file: SourceFile) => Complaint[];

/** Parts are joined, so that this file keeps the rules that it tests. */
const join = (...parts: string[]): string => parts.join('');

const FOUND: readonly [rule: Rule, path: string, text: string][] = [
  [tooLong, 'src/a.ts', '\n'.repeat(LINES_MAX + 1)],
  [tooLong, 'native/src/a.c', '\n'.repeat(LINES_MAX + 1)],
  [emptyName, 'src/ring/utils.ts', ''],
  [emptyName, 'src/common/ring.ts', ''],
  [emptyName, 'test/kit/slot-helper.ts', ''],
  [putOff, 'src/a.ts', join('// TO', 'DO: later')],
  [putOff, 'docs/a.md', join('FIX', 'ME')],
  [unexplainedSuppression, 'src/a.ts', join('// oxlint-dis', 'able-next-line no-shadow')],
  [unexplainedSuppression, 'src/a.ts', join('/* eslint-dis', 'able */')],
  [unexplainedSuppression, 'src/a.ts', join('// @ts-', 'expect-error')],
  [unexplainedSuppression, 'src/a.ts', join('// oxlint-dis', 'able-line no-shadow -- why')],
  [machinePath, 'docs/a.md', join('see /wo', 'rk/main/src')],
  [machinePath, 'src/a.ts', join("const path = '/ro", "ot/x';")],
  [machinePath, 'src/a.ts', join("const path = '/home", "/ann/x';")],
  [privateReference, 'src/a.ts', join('// see faults', '.md row 3')],
  [privateReference, 'docs/a.md', join('found in ../sha', 'red/api.md')],
  [leftBehind, 'src/a.ts', `${'<'.repeat(7)} mine`],
  [leftBehind, 'test/a.test.ts', join('it.on', "ly('x', () => {});")],
  [leftBehind, 'src/a.ts', join('debug', 'ger;')],
];

const PASSED: readonly [rule: Rule, path: string, text: string][] = [
  [tooLong, 'src/a.ts', '\n'.repeat(LINES_MAX)],
  [tooLong, 'docs/a.md', '\n'.repeat(LINES_MAX + 1)],
  [emptyName, 'src/ring/utilization.ts', ''],
  [putOff, 'src/a.ts', 'the mastodon'],
  [
    unexplainedSuppression,
    'src/a.ts',
    join('// oxlint-dis', 'able-next-line no-await-in-loop -- each waits for the last'),
  ],
  [machinePath, 'src/a.ts', "import x from '../work/queue.js'; /dev/shm/x; src/root/a"],
  [privateReference, 'README.md', 'see docs/design.md and the open issues'],
  [leftBehind, 'docs/a.md', '====='],
];

describe('the house rules', () => {
  for (const [rule, path, text] of FOUND) {
    it(`${rule.name} finds ${path} ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.equal(rule({ path, text }).length, 1);
    });
  }

  for (const [rule, path, text] of PASSED) {
    it(`${rule.name} lets pass ${path} ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.deepEqual(rule({ path, text }), []);
    });
  }

  it('complaints name the line', () => {
    assert.match(putOff({ path: 'src/a.ts', text: join('\n\n// TO', 'DO') })[0] ?? '', /^src\/a\.ts:3: /);
  });

  it('misplacedTests finds a test whose source folder is gone', () => {
    const sources = ['src/ring/walker.ts', 'examples/pipeline/main.ts'];
    const tests = ['test/unit/ring/a.test.ts', 'test/unit/examples/pipeline/b.test.ts', 'test/unit/public.test.ts'];
    assert.deepEqual(misplacedTests([...sources, ...tests]), []);
    assert.equal(misplacedTests([...sources, 'test/unit/rings/a.test.ts']).length, 1);
  });
});
