import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nativePath } from '#src/platform/load-native.js';
import { NATIVE_ABI } from '#src/platform/native.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const LOADER = fileURLToPath(new URL('children/loader.js', import.meta.url));
const PREBUILT = `linux-${process.arch}`;

interface Outcome {
  path?: string;
  abi?: number;
  same?: boolean;
  code?: string;
  message?: string;
  hasCause?: boolean;
}

/** What a process of its own gets from the loader; `override` is the environment variable. */
function outcome(script: string, override?: string, execArgv: string[] = [], cwd = ROOT): Outcome {
  const { ALPHAPULSE_BUS_NATIVE: _, ...env } = process.env;
  if (override !== undefined) env['ALPHAPULSE_BUS_NATIVE'] = override;
  const said = execFileSync(process.execPath, [...execArgv, script], {
    env,
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(said) as Outcome;
}

/** A copy of the package without any addon, in which the test puts what it needs. */
class PackageCopy {
  readonly local: string;
  readonly prebuilt: string;
  readonly script: string;

  constructor(t: TestContext) {
    const folder = temporaryDirectory(t);
    this.local = join(folder, 'native/build/alphapulse_bus.node');
    this.prebuilt = join(folder, 'native/prebuilt', PREBUILT, 'alphapulse_bus.node');
    this.script = join(folder, 'build/loader.js');
    for (const file of [this.local, this.prebuilt, this.script]) mkdirSync(dirname(file), { recursive: true });
    copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    cpSync(join(ROOT, 'build/src/platform'), join(folder, 'dist/platform'), { recursive: true });
    copyFileSync(LOADER, this.script);
  }

  put(file: string): void {
    copyFileSync(nativePath(), file);
  }
}

/** An addon that says it is of the next contract version, or undefined where nothing can compile it. */
function forged(t: TestContext, exportsAbi: boolean): string | undefined {
  const folder = temporaryDirectory(t);
  const out = join(folder, 'forged.node');
  mkdirSync(join(folder, 'native/src'), { recursive: true });
  copyFileSync(join(ROOT, 'native/build.sh'), join(folder, 'native/build.sh'));
  const abi = `napi_value abi = NULL;
  (void)napi_create_int32(env, ${NATIVE_ABI + 1}, &abi);
  (void)napi_set_named_property(env, exports, "abi", abi);`;
  const source = `#include <node_api.h>\nNAPI_MODULE_INIT() {\n  ${exportsAbi ? abi : '(void)env;'}\n  return exports;\n}\n`;
  writeFileSync(join(folder, 'native/src/forged.c'), source);
  const { status } = spawnSync('sh', [join(folder, 'native/build.sh'), '--out', out], { stdio: 'ignore' });
  return status === 0 ? out : undefined;
}

describe('loading the addon', () => {
  it('takes the local build before the prebuilt file', (t) => {
    const copy = new PackageCopy(t);
    copy.put(copy.local);
    copy.put(copy.prebuilt);
    assert.deepEqual(outcome(copy.script), { path: copy.local, abi: NATIVE_ABI, same: true });
    rmSync(copy.local);
    assert.deepEqual(outcome(copy.script), { path: copy.prebuilt, abi: NATIVE_ABI, same: true });
  });

  it('works with the prebuilt file that is committed for this processor', () => {
    const committed = join(ROOT, 'native/prebuilt', PREBUILT, 'alphapulse_bus.node');
    assert.ok(existsSync(committed));
    assert.deepEqual(outcome(LOADER, committed), { path: committed, abi: NATIVE_ABI, same: true });
  });

  it('takes the file that the environment variable names, also by a relative path', (t) => {
    const named = join(temporaryDirectory(t), 'any.name');
    copyFileSync(nativePath(), named);
    assert.equal(outcome(LOADER, named).path, named);
    assert.equal(outcome(LOADER, relative(ROOT, named)).path, named);
  });

  it('takes an empty environment variable for none', (t) => {
    const copy = new PackageCopy(t);
    copy.put(copy.prebuilt);
    assert.equal(outcome(copy.script, '').path, copy.prebuilt);
  });

  it('tries nothing else when the file of the environment variable fails', (t) => {
    const copy = new PackageCopy(t);
    copy.put(copy.prebuilt);
    const { code, message = '' } = outcome(copy.script, '/nowhere/addon.node');
    assert.equal(code, 'ERR_NATIVE_UNAVAILABLE');
    assert.match(message, /\/nowhere\/addon\.node: no such file\n.*ALPHAPULSE_BUS_NATIVE.*correct or unset/);
    assert.equal(message.includes(copy.prebuilt), false);
  });

  it('never runs a file as JavaScript', (t) => {
    const script = join(temporaryDirectory(t), 'addon.cjs');
    writeFileSync(script, `module.exports = { abi: ${NATIVE_ABI} };`);
    assert.equal(outcome(LOADER, script).code, 'ERR_NATIVE_UNAVAILABLE');
  });

  it('passes over a local build that cannot be loaded', (t) => {
    const copy = new PackageCopy(t);
    writeFileSync(copy.local, readFileSync(nativePath()).subarray(0, 100));
    copy.put(copy.prebuilt);
    assert.equal(outcome(copy.script).path, copy.prebuilt);
  });

  it('passes over a local build of another contract version, or of another addon', (t) => {
    for (const exportsAbi of [true, false]) {
      const file = forged(t, exportsAbi);
      if (file === undefined) {
        t.skip('needs a C compiler and the headers of Node.js');
        return;
      }
      const copy = new PackageCopy(t);
      copyFileSync(file, copy.local);
      copy.put(copy.prebuilt);
      assert.equal(outcome(copy.script).path, copy.prebuilt);
      rmSync(copy.prebuilt);
      const { code, message = '' } = outcome(copy.script);
      assert.equal(code, 'ERR_NATIVE_UNAVAILABLE');
      const found = exportsAbi ? `contract version ${NATIVE_ABI + 1}` : 'not an alphapulse-bus addon';
      assert.ok(message.includes(found) && message.includes(`needs version ${NATIVE_ABI}`), message);
    }
  });

  it('names every file, what was wrong with it, the platform and what to do', (t) => {
    const copy = new PackageCopy(t);
    writeFileSync(copy.prebuilt, 'not an addon');
    const { code, message = '', hasCause } = outcome(copy.script);
    assert.equal(code, 'ERR_NATIVE_UNAVAILABLE');
    assert.ok(hasCause);
    const expected = [
      `${copy.local}: no such file`,
      copy.prebuilt,
      PREBUILT,
      process.versions.node,
      'apbus doctor',
      'native/build.sh',
    ];
    for (const part of expected) assert.ok(message.includes(part), `${part} in ${message}`);
    assert.match(message, /file too short|invalid ELF header|Exec format error/);
  });

  it('says which platforms are supported on one that is not', (t) => {
    const platform = join(temporaryDirectory(t), 'platform.mjs');
    writeFileSync(platform, `Object.defineProperty(process, 'platform', { value: 'sunos' });`);
    const { code, message = '' } = outcome(LOADER, undefined, ['--import', platform]);
    assert.equal(code, 'ERR_NATIVE_UNAVAILABLE');
    assert.match(message, new RegExp(`sunos-${process.arch}.*\n.*linux-x64, linux-arm64`));
  });

  it('points to --allow-addons when addons are switched off', () => {
    const { code, message = '' } = outcome(LOADER, undefined, ['--no-addons']);
    assert.equal(code, 'ERR_NATIVE_UNAVAILABLE');
    assert.match(message, /--allow-addons.*--no-addons/);
    const permission = process.allowedNodeEnvironmentFlags.has('--permission')
      ? '--permission'
      : '--experimental-permission';
    const limited = outcome(LOADER, undefined, [permission, '--allow-fs-read=*']);
    assert.equal(limited.code, 'ERR_NATIVE_UNAVAILABLE');
    assert.match(limited.message ?? '', /--allow-addons/);
    assert.equal(outcome(LOADER, undefined, [permission, '--allow-fs-read=*', '--allow-addons']).abi, NATIVE_ABI);
  });
});
