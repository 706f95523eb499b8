import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { apbus } from '../../kit/run-apbus.js';

interface Completed {
  readonly name: string;
  readonly options: readonly string[];
  readonly description: string;
}

const { commands } = JSON.parse((await apbus('completion', 'bash', '--json')).data) as { commands: Completed[] };

describe('every command', () => {
  for (const { name, options, description } of commands) {
    it(`${name} says what it does, prints JSON when asked, and has an example`, async () => {
      assert.ok(description.length > 10);
      // its subcommands do
      if (name !== 'quarantine') assert.ok(options.includes('--json'));
      const { code, data } = await apbus(name, '--help');
      assert.equal(code, 0);
      assert.match(data, /Examples:\n {2}(apbus|echo|source)/);
    });
  }

  it('stands in one of the four groups of the help', async () => {
    const { data } = await apbus('--help');
    const headings = data.split('\n').filter((line) => /^[A-Z].*:$/.test(line));
    const groups = 'To begin: To look, without disturbing anyone: To act: Journals:';
    assert.equal(headings.join(' '), `Options: ${groups} Examples: Exit codes:`);
  });

  it('that is misspelt is answered with the nearest one, and exit code 2', async () => {
    const { code, messages } = await apbus('tial');
    assert.equal(code, 2);
    assert.match(messages, /Did you mean tail\?/);
  });
});

describe('the subcommands of quarantine', () => {
  for (const name of ['list', 'show', 'redeliver', 'drop']) {
    it(`print JSON when asked: ${name}`, async () => {
      assert.match((await apbus('quarantine', name, '--help')).data, /--json/);
    });
  }
});
