import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { agreementIn } from '#src/layout/agreement.js';
import { CONFIG_TEXT_BYTES_MAX, CONFIG_TEXT_OFFSET, CONTROL } from '#src/layout/schema.js';
import { Segment } from '#src/layout/segment.js';
import { BusError } from '#src/platform/bus-error.js';
import { TemporaryChannel } from '../../kit/temporary-channel.js';

const AGREED = { 'backpressure.timeout_ms': 100, prefault: false, 'persistence.persistence_path': '/j' };

function segmentWith(
  t: TestContext,
  channel: TemporaryChannel,
  agreement: Record<string, string | number | boolean>,
): Segment {
  const segment = Segment.openOrCreate(channel.directory, { ...channel.shape, agreement }, { ringWritable: true });
  t.after(() => segment.close());
  return segment;
}

describe('the peers of a channel', () => {
  it('attach when they are configured alike, and may read what was agreed on', (t) => {
    const channel = new TemporaryChannel(t);
    segmentWith(t, channel, AGREED);
    assert.deepEqual(segmentWith(t, channel, AGREED).shape.agreement, AGREED);
    const looker = Segment.openExisting(channel.directory, channel.shape.name, { ringWritable: false });
    assert.deepEqual(looker?.shape.agreement, AGREED);
    looker?.close();
  });

  it('are refused when a field differs, is missing or is new, by its name', (t) => {
    const channel = new TemporaryChannel(t);
    segmentWith(t, channel, AGREED);
    const cases = [
      [
        { ...AGREED, 'backpressure.timeout_ms': 5 },
        /backpressure\.timeout_ms is 100 in the running channel, 5 in this/,
      ],
      [
        { prefault: false, 'persistence.persistence_path': '/j' },
        /timeout_ms is 100 in the running channel, not set in/,
      ],
      [{ ...AGREED, mlock: true }, /mlock is not set in the running channel, true in this configuration/],
    ] as const;
    for (const [agreement, expected] of cases)
      assert.throws(
        () => segmentWith(t, channel, agreement),
        (error) => BusError.is(error, 'ERR_CONFIG_MISMATCH') && expected.test(error.message),
      );
  });

  it('are told of long values, and of what is no text, in one short line', (t) => {
    const channel = new TemporaryChannel(t);
    segmentWith(t, channel, { path: `/a\n\u001b[2J${'x'.repeat(900)}` });
    assert.throws(
      () => segmentWith(t, channel, { path: '/b' }),
      (error: Error) =>
        /path is \/a\?\?\[2Jx+\.\.\. \(907 characters\) in/.test(error.message) && error.message.length < 400,
    );
  });

  it('get ERR_CORRUPT for a text that is damaged in any way', (t) => {
    const channel = new TemporaryChannel(t);
    const { control } = segmentWith(t, channel, AGREED);
    const sound = control.bytes.slice(0, CONFIG_TEXT_OFFSET + CONFIG_TEXT_BYTES_MAX);
    const damages = [
      () => (control.bytes[CONFIG_TEXT_OFFSET + 3]! ^= 1),
      () => control.view.setUint32(CONTROL.at.configBytes, 3, true),
      () => control.view.setUint32(CONTROL.at.configBytes, 2 ** 32 - 1, true),
      () => control.view.setUint32(CONTROL.at.configHash, 7, true),
    ];
    for (const damage of damages) {
      damage();
      assert.throws(
        () => agreementIn(control, 'x.ring'),
        (error) => BusError.is(error, 'ERR_CORRUPT') && /x\.ring has a damaged configuration text/.test(error.message),
      );
      control.bytes.set(sound);
    }
  });

  it('that have more to say than there is room leave no segment', (t) => {
    const channel = new TemporaryChannel(t);
    const agreement = { path: 'x'.repeat(CONFIG_TEXT_BYTES_MAX) };
    assert.throws(
      () => segmentWith(t, channel, agreement),
      (error) => BusError.is(error, 'ERR_CONFIG'),
    );
    assert.equal(Segment.openExisting(channel.directory, channel.shape.name, { ringWritable: false }), undefined);
  });
});
