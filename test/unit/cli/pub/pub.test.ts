import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { it } from 'node:test';
import { pub } from '#src/cli/pub/pub.js';
import { temporaryDirectory } from '../../../kit/temporary-channel.js';

it('a line that is too long for the channel, or empty, is told by its number, and skipped where that is asked for', async (t) => {
  const directory = temporaryDirectory(t);
  const config = join(directory, 'bus.toml');
  writeFileSync(
    config,
    '[channels.ticks]\ntype = "SPSC"\nproducer = "feed"\nconsumer = "reader"\nbuffer_size = "64KB"\nmessage_size_max = 10\n',
  );
  const lines = ['{"text":"a"}', `{"text":"${'x'.repeat(11)}"}`, '{"text":""}', '{"text":"b"}'];
  const publish = async (skipBad?: true): Promise<{ code: number; said: string }> => {
    let said = '';
    const output = {
      data: () => undefined,
      bytes: () => undefined,
      message: (text: string) => void (said += text),
      color: false,
    };
    const options = { config, directory, ndjson: true, ...(skipBad && { skipBad }) } as const;
    const code = await pub('ticks', options, output, Readable.from(lines.map((line) => `${line}\n`)));
    return { code, said };
  };
  await assert.rejects(publish(), { code: 'ERR_MESSAGE_TOO_LARGE', message: /^line 2: .*11 bytes, at most 10/ });
  const { code, said } = await publish(true);
  assert.equal(code, 1);
  assert.match(said, /line 2: .*11 bytes, at most 10.*; skipped\napbus: line 3: .*at least 1 byte; skipped\n/);
  assert.match(said, /2 messages written to ticks, 2 lines skipped/);
});
