import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as schema from '#src/layout/schema.js';
import {
  canonicalText,
  defineStruct,
  hash32,
  sizeOf,
  type Field,
  type FieldType,
  type Struct,
} from '#src/layout/struct.js';
import { cHeader } from '../../../scripts/layout/c-header.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';

const { CELL_BYTES, CONSUMER_SLOT, CONTROL, PRODUCER_SLOT, RECORD, STRUCTS } = schema;
/** Two cache lines: processors fetch them in pairs. */
const GROUP_BYTES = 128;

function fieldsOf(struct: Struct): [string, Field][] {
  return Object.entries(struct.fields);
}

describe('every structure of the layout', () => {
  for (const struct of STRUCTS) {
    it(`${struct.name}: fields follow each other without overlap, aligned to their size, inside the structure`, () => {
      let end = 0;
      for (const [name, { type, offset, bytes }] of fieldsOf(struct)) {
        assert.ok(offset >= end, `${name} at ${offset} overlaps what ends at ${end}`);
        assert.equal(bytes, sizeOf(type), name);
        assert.equal(offset % (type.endsWith(']') ? 1 : bytes), 0, `${name} is aligned`);
        assert.equal(struct.at[name], offset);
        end = offset + bytes;
      }
      assert.ok(end <= struct.bytes, `${struct.name} has ${struct.bytes} bytes, its fields need ${end}`);
    });

    it(`${struct.name}: every field says what it is for`, () => {
      for (const [name, { doc }] of fieldsOf(struct)) assert.ok(doc.length > 3, name);
    });
  }

  it('keeps what different processes write on 128 bytes of its own', () => {
    const writers: Readonly<Record<string, string>> = {
      tail: 'producers',
      oldest: 'producers',
      tailPosition: 'producers',
      consumersWaiting: 'consumers going to sleep',
      producersWaiting: 'producers going to sleep',
      spaceSignal: 'producers going to sleep',
      spaceWanted: 'producers going to sleep',
      consumerSlotsUsed: 'endpoints that attach',
      producerSlotsUsed: 'endpoints that attach',
      attachLock: 'endpoints that attach',
      repairLock: 'endpoints that attach',
      repairs: 'endpoints that attach',
      reaped: 'endpoints that attach',
      breaker: 'producers of a full ring',
      breakerOpened: 'producers of a full ring',
    };
    const seen = new Map<number, string>();
    for (const [name, { offset }] of fieldsOf(CONTROL)) {
      const writer = writers[name] ?? 'creator';
      const group = Math.floor(offset / GROUP_BYTES);
      assert.equal(
        seen.get(group) ?? writer,
        writer,
        `${name}, written by ${writer}, shares ${GROUP_BYTES} bytes with another`,
      );
      seen.set(group, writer);
    }
    for (const slot of [PRODUCER_SLOT, CONSUMER_SLOT]) assert.equal(slot.bytes % GROUP_BYTES, 0);
    assert.equal(schema.PRODUCER_SLOTS_OFFSET % GROUP_BYTES, 0);
    assert.equal(schema.CONSUMER_SLOTS_OFFSET % GROUP_BYTES, 0);
    // the consumer's cursor, stored all the time, stands apart from the state that producers scan
    assert.notEqual(
      Math.floor(CONSUMER_SLOT.at.state / GROUP_BYTES),
      Math.floor(CONSUMER_SLOT.at.cursor / GROUP_BYTES),
    );
  });

  it('fits its region: control block, producer slots and consumer slots one after the other', () => {
    assert.equal(schema.producerSlotOffset(0), CONTROL.bytes);
    assert.equal(schema.consumerSlotOffset(0), schema.producerSlotOffset(schema.PRODUCER_SLOTS));
    assert.ok(schema.consumerSlotOffset(schema.CONSUMER_SLOTS) <= schema.CONTROL_BYTES);
    assert.ok(RECORD.bytes < CELL_BYTES, 'a header and a byte of payload fit one cell');
    assert.ok(schema.PRODUCER_SLOTS <= 256, 'the owner fits its byte of a claim word');
  });
});

describe('the layout hash', () => {
  const specs = { a: ['u32', 'first'], b: ['i32', 'second'], c: ['f64', 'third'] } as const;
  const hash = (bytes: number, fields: Readonly<Record<string, readonly [FieldType, string, number?]>>): number =>
    hash32(canonicalText([defineStruct('S', 'doc', bytes, fields)]));
  const original = hash(64, specs);

  it('is the same for the same layout, and does not care for words of explanation', () => {
    assert.equal(hash(64, specs), original);
    assert.equal(hash(64, { ...specs, a: ['u32', 'said otherwise'] }), original);
  });

  for (const [what, bytes, fields] of [
    ['a field moves', 64, { ...specs, c: ['f64', 'third', 16] }],
    ['a field changes its type', 64, { ...specs, b: ['u32', 'second'] }],
    ['a field is renamed', 64, { a: specs.a, other: specs.b, c: specs.c }],
    ['two fields change places', 64, { b: specs.b, a: specs.a, c: specs.c }],
    ['a field is added in a gap', 64, { ...specs, d: ['i32', 'fourth'] }],
    ['a field goes away', 64, { a: specs.a, b: specs.b }],
    ['the structure grows', 128, specs],
  ] as const) {
    it(`changes when ${what}`, () => {
      assert.notEqual(hash(bytes, fields), original);
    });
  }

  it('stands for every structure, and for the counts and units beside them', () => {
    const whole = canonicalText(STRUCTS);
    for (const { name } of STRUCTS) assert.match(whole, new RegExp(`^${name} \\d+$`, 'm'));
    assert.equal(schema.LAYOUT_HASH, schema.layoutHash(), 'it is of this schema: npm run layout');
    assert.notEqual(schema.LAYOUT_HASH, hash32(whole), 'the constants go in as well');
  });
});

describe('a structure that is wrong', () => {
  for (const [what, bytes, fields] of [
    ['overlaps', 64, { a: ['f64', 'x'], b: ['i32', 'x', 4] }],
    ['is misaligned', 64, { a: ['i32', 'x'], b: ['f64', 'x', 12] }],
    ['leaves its bytes', 8, { a: ['f64', 'x'], b: ['i32', 'x'] }],
  ] as const) {
    it(`is refused when a field ${what}`, () => {
      assert.throws(() => defineStruct('S', 'doc', bytes, fields), RangeError);
    });
  }
});

describe('the C header', () => {
  it('in the repository is the one that the schema makes', () => {
    assert.equal(
      readFileSync(join(import.meta.dirname, '../../../../native/include/alphapulse_bus_layout.h'), 'utf8'),
      cHeader(),
      'run "npm run layout"',
    );
  });

  it('compiles, and its assertions notice a field that stands elsewhere', (t) => {
    const source = join(temporaryDirectory(t), 'layout.c');
    writeFileSync(
      source,
      `${cHeader()}\nint main(void) { return sizeof(apbus_control_block) == ${CONTROL.bytes} ? 0 : 1; }\n`,
    );
    try {
      execFileSync('cc', ['--version'], { stdio: 'pipe' });
    } catch {
      return t.skip('needs a C compiler');
    }
    execFileSync('cc', ['-std=c11', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', source], { stdio: 'pipe' });
    const forged = readFileSync(source, 'utf8').replace(/offsetof\((\w+, oldest)\) == \d+/, 'offsetof($1) == 1');
    writeFileSync(source, forged);
    assert.throws(
      () => execFileSync('cc', ['-std=c11', '-fsyntax-only', source], { stdio: 'pipe' }),
      /ControlBlock\.oldest/,
    );
  });
});
