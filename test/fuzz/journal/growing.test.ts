import assert from 'node:assert/strict';
import { ftruncateSync, readdirSync, readFileSync, writeFileSync, writeSync, closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BATCH_HEADER, FILE_HEADER } from '#src/journal/format.js';
import { systemFiles, type JournalFiles } from '#src/journal/journal-files.js';
import { JournalReader } from '#src/journal/journal-reader.js';
import { countFromEnvironment } from '../../kit/random.js';
import { journalFolder, openWriter, upTo, write } from '../../unit/journal/kit.js';

const BATCHES = 8;
const PER_BATCH = 3;

describe('a reader of a journal that grows, byte by byte, between any two of its looks', () => {
  it('takes nothing that is not finished yet for damage, and reads all of it', (t) => {
    const folder = journalFolder(t);
    const writer = openWriter(folder);
    write(writer, BATCHES, PER_BATCH);
    writer.close();
    const path = join(
      folder,
      readdirSync(folder).find((name) => name.endsWith('.journal'))!,
    );
    const whole = readFileSync(path);
    const batch = BATCH_HEADER.bytes + PER_BATCH * 64;
    // a step is some bytes, or up to a place near the end of a batch
    const step = fc.oneof(fc.constant(0), fc.nat(batch), fc.integer({ min: batch - 65, max: 2 * batch + 65 }));
    const numRuns = countFromEnvironment('APBUS_FUZZ_RUNS', 400);
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        let size = FILE_HEADER.bytes;
        writeFileSync(path, whole.subarray(0, size));
        const fd = openSync(path, 'r+');
        ftruncateSync(fd, size);
        const left = [...steps];
        const grow = (bytes: number): void => {
          size += writeSync(fd, whole, size, Math.min(bytes, whole.length - size), size);
        };
        const files: JournalFiles = {
          ...systemFiles,
          read(...args) {
            grow(left.shift() ?? 0);
            return systemFiles.read(...args);
          },
          size(...args) {
            grow(left.shift() ?? 0);
            return systemFiles.size(...args);
          },
        };
        const damages: unknown[] = [];
        const reader = JournalReader.open(folder, { files, onDamage: (damage) => damages.push(damage) });
        const seen: number[] = [];
        const take = (): void => {
          while (reader.poll(({ sequence }) => seen.push(sequence)) > 0);
        };
        while (left.length > 0) take();
        grow(whole.length);
        take();
        reader.close();
        closeSync(fd);
        assert.deepEqual([seen, damages, reader.lost], [upTo(BATCHES * PER_BATCH), [], 0]);
      }),
      { numRuns },
    );
  });
});
