import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { resolveConfig, type ResolvedService } from '#src/bus/config/index.js';
import { spawnService, type Exit } from '#src/supervisor/service-process.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';

const CHANNELS = { ticks: { type: 'SPSC', producer: 'feed', consumer: 'reader' } } as const;

function serviceOf(command: string[], workingDirectory: string): ResolvedService {
  const { services } = resolveConfig({ channels: CHANNELS, services: { work: { command, workingDirectory } } });
  return services.get('work')!;
}

function startOf(service: ResolvedService, more: Record<string, string> = {}): Promise<Exit> {
  return new Promise((onExit) => {
    const { pid } = spawnService(service, more, { onLine: () => undefined, onExit });
    assert.equal(pid, undefined);
  });
}

describe('a service that cannot be started', () => {
  it('has ended, with the reason, however Node tells of it', async (t) => {
    const folder = temporaryDirectory(t);
    writeFileSync(join(folder, 'file'), '');
    const long = { LONG: 'x'.repeat(200_000) };
    for (const [command, more, why] of [
      ['./absent', {}, /ENOENT/],
      ['./file', {}, /EACCES/],
      ['./file/x', {}, /ENOTDIR/],
      [`./${'x'.repeat(5000)}`, {}, /ENAMETOOLONG/],
      ['true', long, /E2BIG/],
    ] as const) {
      const { code, signal, error } = await startOf(serviceOf([command], folder), more);
      assert.deepEqual([code, signal], [null, null]);
      assert.match(error?.message ?? '', why);
    }
  });

  it('says so of its working directory, where the system speaks of the program', async (t) => {
    const folder = temporaryDirectory(t);
    writeFileSync(join(folder, 'file'), '');
    for (const place of ['absent', 'file']) {
      const { error } = await startOf(serviceOf(['true'], join(folder, place)));
      assert.match(error?.message ?? '', /its working_directory .* is no folder that it could go to \(spawn/);
    }
  });
});
