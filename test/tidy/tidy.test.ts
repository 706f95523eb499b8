import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FILE_RULES, misplacedTests, type Complaint } from './rules.js';
import { sourceFiles } from './source-files.js';

const files = sourceFiles();

function assertTidy(complaints: readonly Complaint[]): void {
  assert.equal(complaints.length, 0, `\n${complaints.join('\n')}`);
}

describe('the project', () => {
  it('was found', () => {
    const paths = files.map(({ path }) => path);
    for (const path of ['package.json', 'src/index.ts', 'test/tidy/rules.ts', 'native/build.sh', '.ci/run']) {
      assert.ok(paths.includes(path), `${path} was not looked at`);
    }
  });

  for (const rule of FILE_RULES) {
    it(`keeps the rule ${rule.name}`, () => assertTidy(files.flatMap((file) => rule(file))));
  }

  it('keeps its tests where their sources are', () => assertTidy(misplacedTests(files.map(({ path }) => path))));
});
