import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkAddon, checkMembarrier, checkNode, checkPlatform, checkStart } from '#src/cli/doctor/runtime-checks.js';
import { loadNative } from '#src/platform/load-native.js';

describe('the platform check', () => {
  it('accepts Linux on both processors that there is an addon for', () => {
    assert.equal(checkPlatform('linux', 'x64').status, 'ok');
    assert.equal(checkPlatform('linux', 'arm64').status, 'ok');
  });

  it('fails elsewhere and says what is missing', () => {
    assert.match(checkPlatform('darwin', 'arm64').advice ?? '', /needs Linux/);
    assert.match(checkPlatform('linux', 'riscv64').advice ?? '', /x64 and arm64/);
    assert.equal(checkPlatform('linux', 'riscv64').status, 'fail');
  });
});

describe('the Node.js check', () => {
  for (const version of ['22.0.0', '24.1.0', '26.10.0', '100.0.0']) {
    it(`accepts ${version}`, () => assert.equal(checkNode(version).status, 'ok'));
  }
  for (const version of ['20.19.0', '20.20.2', '23.1.0', '25.0.0']) {
    it(`warns that ${version} gets no fixes`, () => {
      assert.equal(checkNode(version).status, 'warn');
      assert.match(checkNode(version).advice ?? '', /22, 24 or 26/);
    });
  }
  for (const version of ['20.18.9', '18.20.0', '9.0.0']) {
    it(`fails on ${version}`, () => assert.match(checkNode(version).advice ?? '', /20\.19 or newer/));
  }
});

describe('the check of what a start costs', () => {
  it('warns of extra certificates where Node.js reads them in every process', () => {
    const finding = checkStart('20.20.2', '/etc/ssl/certs/ca-certificates.crt');
    assert.deepEqual([finding.id, finding.status], ['start', 'warn']);
    assert.match(finding.advice ?? '', /unset it for services without TLS/);
  });

  it('is content without them, and with a Node.js that reads them when they are needed', () => {
    const calm = [
      ['20.20.2', undefined],
      ['20.20.2', ''],
      ['22.0.0', '/x'],
      ['26.10.0', '/x'],
    ] as const;
    for (const [version, certificates] of calm) assert.equal(checkStart(version, certificates).status, 'ok');
  });
});

describe('the addon check', () => {
  const native = loadNative();

  it('says where the addon came from and its contract version', () => {
    const kinds = [
      ['/x/native/build/alphapulse_bus.node', 'built here'],
      ['/x/native/prebuilt/linux-x64/alphapulse_bus.node', 'prebuilt'],
      ['/tmp/other.node', 'named by ALPHAPULSE_BUS_NATIVE'],
    ] as const;
    for (const [path, kind] of kinds) {
      assert.deepEqual(checkAddon({ native, path }), {
        id: 'addon',
        status: 'ok',
        found: `${kind}, contract version ${native.abi}: ${path}`,
      });
    }
  });

  it('fails with the reason of the loader', () => {
    const finding = checkAddon({ error: new Error('no such file') });
    assert.equal(finding.status, 'fail');
    assert.equal(finding.found, 'no such file');
  });

  it('gives the advice with which the error of the loader ends, and none that contradicts it', () => {
    const reason = 'cannot load the native addon\n  /x: Cannot load native addon because loading addons is disabled.';
    const advice = 'Addons are switched off in this process: start Node.js without --no-addons.';
    assert.deepEqual(checkAddon({ error: new Error(`${reason}\n${advice}`) }), {
      id: 'addon',
      status: 'fail',
      found: reason,
      advice,
    });
  });
});

describe('the membarrier check', () => {
  it('warns with the name of the error where it is not available', () => {
    assert.equal(checkMembarrier(0).status, 'ok');
    assert.match(checkMembarrier(-38).found, /ENOSYS/);
    assert.equal(checkMembarrier(-38).status, 'warn');
    assert.match(checkMembarrier(-38).advice ?? '', /wakes every millisecond/);
    assert.equal(checkMembarrier(undefined).status, 'warn');
  });
});
