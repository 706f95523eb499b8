import assert from 'node:assert/strict';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { LAYOUT_VERSION } from '#src/layout/schema.js';
import { captureChannels } from '#src/observe/capture/capture-channels.js';
import { readCapture } from '#src/observe/capture/capture-reader.js';
import { openPart, PART_HEADER_BYTES, PREAMBLE_BYTES, sealPart } from '#src/observe/capture/format.js';
import { OpenedCapture } from '#src/observe/capture/opened-capture.js';
import { BusError } from '#src/platform/bus-error.js';
import { numbered, TemporaryChannel, temporaryDirectory } from '../../../kit/temporary-channel.js';

interface Captured {
  readonly file: string;
  readonly bytes: Buffer;
}

async function captured(t: TestContext): Promise<Captured> {
  const channel = new TemporaryChannel(t, { type: 'MPSC' });
  const producer = channel.producer();
  for (let n = 0; n < 5; n++) producer.write(numbered(n, 100));
  const file = join(temporaryDirectory(t), 'test.apcap');
  await captureChannels({ directory: channel.directory, channels: ['test'], file });
  return { file, bytes: readFileSync(file) };
}

/** Where the parts of a capture begin. */
function partsOf(bytes: Buffer): number[] {
  const parts: number[] = [];
  for (let at = PREAMBLE_BYTES; at < bytes.length;) {
    parts.push(at);
    at += PART_HEADER_BYTES + openPart(bytes.subarray(at))!.bytes;
  }
  return parts;
}

function refusalOf(file: string, bytes?: Uint8Array): BusError {
  if (bytes !== undefined) writeFileSync(file, bytes);
  try {
    readCapture(file, { head: () => undefined, part: () => undefined });
  } catch (error) {
    assert.ok(BusError.is(error), String(error));
    assert.match(error.message, /test\.apcap/);
    return error;
  }
  throw new assert.AssertionError({ message: 'expected a refusal' });
}

/** The same with another text in a JSON part. */
function rewritten(bytes: Buffer, at: number, change: (text: string) => string): Buffer {
  const header = openPart(bytes.subarray(at))!;
  const start = at + PART_HEADER_BYTES;
  const text = Buffer.from(change(bytes.toString('utf8', start, start + header.bytes)));
  const part = Buffer.concat([Buffer.alloc(PART_HEADER_BYTES), text]);
  sealPart(part, { ...header, bytes: text.length });
  return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(start + header.bytes)]);
}

describe('reading a capture', () => {
  it('refuses one that is cut off, after whichever byte', async (t) => {
    const { file, bytes: whole } = await captured(t);
    // a control region is long: here it is not
    const bytes = rewritten(whole, partsOf(whole)[1]!, () => 'a small control region');
    writeFileSync(file, bytes);
    readCapture(file, { head: () => undefined, part: () => undefined });
    for (let length = bytes.length - 1; length >= 0; length--) {
      truncateSync(file, length);
      const { code, message } = refusalOf(file);
      assert.equal(code, 'ERR_CORRUPT', message);
      assert.match(message, length === 0 ? /no capture/ : /it ends after \d+ bytes/, `${length}: ${message}`);
    }
  });

  it('refuses damage in every part, in its header and behind it, and says where', async (t) => {
    const { file, bytes } = await captured(t);
    for (const [number, at] of partsOf(bytes).entries()) {
      const header = openPart(bytes.subarray(at))!;
      const places = [0, 5, PART_HEADER_BYTES - 1, PART_HEADER_BYTES, PART_HEADER_BYTES + header.bytes - 1];
      for (const place of places) {
        const damaged = Buffer.from(bytes);
        damaged[at + place]! ^= 0x10;
        const { code, message } = refusalOf(file, damaged);
        assert.equal(code, 'ERR_CORRUPT', message);
        assert.match(message, new RegExp(`part ${number}, at byte ${at},`), message);
      }
    }
  });

  it('refuses a capture of which a part is missing, or stands twice, or with something behind its end', async (t) => {
    const { file, bytes } = await captured(t);
    const [, second = 0, third = 0] = partsOf(bytes);
    const without = Buffer.concat([bytes.subarray(0, second), bytes.subarray(third)]);
    assert.match(refusalOf(file, without).message, /part 2 stands at byte \d+, expected was part 1/);
    const twice = Buffer.concat([bytes.subarray(0, third), bytes.subarray(second)]);
    assert.match(refusalOf(file, twice).message, /part 1 stands at byte \d+, expected was part 2/);
    assert.match(refusalOf(file, Buffer.concat([bytes, Buffer.alloc(3)])).message, /3 bytes stand behind its end/);
  });

  it('refuses what is no capture, with what it found', async (t) => {
    const { file } = await captured(t);
    const foreign = refusalOf(file, Buffer.from('{"channel":"test","much":"more"}'));
    assert.equal(foreign.code, 'ERR_CORRUPT');
    assert.match(foreign.message, /is no capture: it starts with "\{\\"channe"/);
    const folder = (): unknown => readCapture(join(file, '..'), { head: () => undefined, part: () => undefined });
    assert.throws(folder, /is no file/);
    const missing = (): unknown => readCapture(`${file}.none`, { head: () => undefined, part: () => undefined });
    assert.throws(missing, (error) => BusError.is(error, 'ERR_INVALID_ARGUMENT'));
  });

  it('refuses segments of another layout, and names the version that can open them', async (t) => {
    const { file, bytes } = await captured(t);
    const [head = 0] = partsOf(bytes);
    const change = (text: string): string =>
      text
        .replace(`"layoutVersion":${LAYOUT_VERSION}`, '"layoutVersion":99')
        .replace(/"packageVersion":"[^"]*"/, '"packageVersion":"7.8.9"');
    const { code, message } = refusalOf(file, rewritten(bytes, head, change));
    assert.equal(code, 'ERR_LAYOUT_MISMATCH');
    assert.match(message, /layout version 99 .*Open it with version 7\.8\.9/);
  });

  it('unfolds nothing of a damaged capture, and leaves no folder', async (t) => {
    const root = temporaryDirectory(t);
    const { file, bytes } = await captured(t);
    const { TMPDIR } = process.env;
    process.env['TMPDIR'] = root;
    t.after(() => (TMPDIR === undefined ? delete process.env['TMPDIR'] : (process.env['TMPDIR'] = TMPDIR)));
    writeFileSync(file, bytes.subarray(0, bytes.length - 1));
    assert.throws(() => new OpenedCapture(file), /is damaged/);
    const [folder = ''] = readdirSync(root);
    assert.deepEqual(readdirSync(join(root, folder)), []);
  });

  it('refuses facts that cannot be true of the ring, though their checksum is right', async (t) => {
    const { file, bytes } = await captured(t);
    const facts = partsOf(bytes).at(-2)!;
    const changes: [RegExp, string][] = [
      [/"tail":\{"position":\d+/, '"tail":{"position":63'],
      [/"tail":\{"position":\d+/, '"tail":{"position":6400000000'],
      [/"name":"test"/, '"name":"rest"'],
      [/"locked":\[[^\]]*\]/, '"locked":"all"'],
      [/"front":\{[^}]*\}/, '"front":{"position":0,"sequence":-1}'],
    ];
    for (const [pattern, replacement] of changes) {
      writeFileSync(
        file,
        rewritten(bytes, facts, (text) => text.replace(pattern, replacement)),
      );
      assert.throws(
        () => new OpenedCapture(file),
        (error) => BusError.is(error, 'ERR_CORRUPT'),
        replacement,
      );
    }
  });
});
