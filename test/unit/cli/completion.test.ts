import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { apbus } from '../../kit/run-apbus.js';

const SUBCOMMANDS = ['drop', 'list', 'redeliver', 'show'];

function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0;
}

/** Runs a script in a shell in which `apbus completion channels` knows two. */
function answer(shell: string, script: string): string[] {
  const channels =
    shell === 'fish' ? 'function apbus; echo ticks; echo orders; end' : 'apbus() { printf "ticks\\norders\\n"; }';
  return execFileSync(shell, ['-c', `${channels}\n${script}`], { encoding: 'utf8' })
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** What each shell offers for the last of these words. */
const OFFERS: Record<string, (script: string, words: readonly string[]) => string[]> = {
  bash: (script, words) => {
    const typed = words.map((word) => `'${word}'`).join(' ');
    const asked = `COMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _apbus; echo "\${COMPREPLY[@]}"`;
    return answer('bash', `${script}\n${asked}`);
  },
  // the functions of its completion system are replaced by some that print what they are given
  zsh: (script, words) => {
    const system = `compdef() { : }; _files() { : }; compadd() { shift; print -l -- "$@" }
_describe() { print -l -- "\${(@)\${(P@)2}%%:*}" }`;
    const asked = `words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}; _apbus`;
    const offered = answer('zsh', `${system}\n${script}\n${asked}`);
    return offered.filter((word) => word.startsWith(words.at(-1) ?? ''));
  },
  fish: (script, words) => {
    const asked = `complete -C '${words.join(' ')}' | string split -f1 \\t; true`;
    return answer('fish', `${script}\n${asked}`);
  },
};

for (const [shell, offers] of Object.entries(OFFERS)) {
  describe(
    `the completion of ${shell}, in a real one`,
    { skip: has(shell) ? false : `${shell} is not installed` },
    () => {
      const offered = async (...words: string[]): Promise<string[]> =>
        offers((await apbus('completion', shell)).data, ['apbus', ...words]).sort();

      it('completes commands and their options', async () => {
        assert.deepEqual(await offered('ta'), ['tail']);
        assert.deepEqual(await offered('tail', '--fo'), ['--follow']);
      });

      it('completes channels where a command takes one', async () => {
        assert.deepEqual(await offered('stat', 'ti'), ['ticks']);
        assert.deepEqual(await offered('quarantine', 'list', 'or'), ['orders']);
      });

      it('completes the subcommands of quarantine, and what belongs to each', async () => {
        assert.deepEqual(await offered('quarantine', ''), SUBCOMMANDS);
        assert.deepEqual(await offered('quarantine', 'show', '--js'), ['--json']);
        assert.deepEqual(await offered('quarantine', 'list', 'sho'), []);
      });
    },
  );
}

describe('the completion', () => {
  for (const shell of ['zsh', 'fish']) {
    it(`of ${shell} has every command and subcommand`, async () => {
      const { data } = await apbus('completion', shell);
      const { commands } = JSON.parse((await apbus('completion', shell, '--json')).data) as {
        commands: { name: string; subcommands: { name: string }[] }[];
      };
      const names = commands.flatMap(({ name, subcommands }) => [name, ...subcommands.map((one) => one.name)]);
      assert.ok(SUBCOMMANDS.every((name) => names.includes(name)));
      const stands = (name: string): RegExp => (shell === 'zsh' ? new RegExp(`'${name}:`) : new RegExp(` -a ${name} `));
      for (const name of names) assert.match(data, stands(name));
    });
  }

  it('of an unknown shell is refused', async () => {
    const { code, messages } = await apbus('completion', 'tcsh');
    assert.equal(code, 1);
    assert.match(messages, /found shell "tcsh", expected one of bash, zsh, fish/);
  });
});
