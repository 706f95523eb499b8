import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whenRegistered } from '#src/channel/wakeups.js';
import { keepPulse } from '#src/liveness/pulse.js';
import { BEAT_MS } from '#src/liveness/state.js';
import { TemporaryChannel } from '../../kit/temporary-channel.js';

test('a process is registered for wake-ups with the first beat of its event loop, not when it attaches', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const channel = new TemporaryChannel(t, { type: 'SPMC' });
  channel.producer();
  channel.consumer();
  let isRegistered = false;
  whenRegistered(() => (isRegistered = true));
  t.after(keepPulse(channel.observer()));
  assert.equal(isRegistered, false);
  t.mock.timers.tick(BEAT_MS);
  assert.equal(isRegistered, true);
});
