import assert from 'node:assert/strict';
import { it } from 'node:test';
import { resolveConfig, type ResolvedChannel } from '#src/bus/config/index.js';
import { RunHealth } from '#src/cli/run/run-health.js';
import { temporaryDirectory } from '../../../kit/temporary-channel.js';

it('a look that fails, for whatever reason, is told once, and ends nothing', async (t) => {
  let isBroken = true;
  class Breaking extends Map<string, ResolvedChannel> {
    override keys(): ReturnType<Map<string, ResolvedChannel>['keys']> {
      if (isBroken) throw new TypeError('it is broken');
      return super.keys();
    }
  }
  const ticks = { type: 'SPSC', producer: 'feed', consumer: 'reader' } as const;
  const config = resolveConfig({ channels: { ticks }, health: { capture: {} } });
  const said: string[] = [];
  const broken = { ...config, channels: new Breaking(config.channels) };
  const health = new RunHealth(broken, temporaryDirectory(t), (message) => void said.push(message));
  health.look();
  health.look();
  isBroken = false;
  health.look();
  isBroken = true;
  health.look();
  const once = 'cannot look at the channels: TypeError: it is broken';
  assert.deepEqual(said, [once, once], 'again when it was over meanwhile');
  await health.end();
  health.look();
  assert.equal(said.length, 2, 'it looks no more');
});
