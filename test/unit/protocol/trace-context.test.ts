import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  formatTraceparent,
  formatTracestate,
  parseTraceparent,
  parseTracestate,
  TraceFlag,
} from '#src/protocol/index.js';
import { refused } from './kit.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent', () => {
  test('of version 00 says trace, span and flags, and is written as it was read', () => {
    const text = `00-${TRACE}-${SPAN}-01`;
    assert.deepEqual(parseTraceparent(text), { traceId: TRACE, spanId: SPAN, flags: TraceFlag.Sampled });
    assert.equal(formatTraceparent(parseTraceparent(text)), text);
  });

  test('of a later version is read as far as version 00 goes, and goes out in version 00', () => {
    for (const text of [`cc-${TRACE}-${SPAN}-01`, `cc-${TRACE}-${SPAN}-01-what-will-come`, `cc-${TRACE}-${SPAN}-01-`])
      assert.equal(formatTraceparent(parseTraceparent(text)), `00-${TRACE}-${SPAN}-01`);
  });

  test('has only the flags that have a meaning', () => {
    assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-ff`).flags, TraceFlag.Sampled | TraceFlag.Random);
    assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-08`).flags, 0);
    assert.equal(formatTraceparent({ traceId: TRACE, spanId: SPAN, flags: 0xff }), `00-${TRACE}-${SPAN}-03`);
  });

  const malformed: Readonly<Record<string, string>> = {
    'is empty': '',
    'has version ff': `ff-${TRACE}-${SPAN}-01`,
    'has a version of one digit': `0-${TRACE}-${SPAN}-01`,
    'has a version of three digits': `000-${TRACE}-${SPAN}-01`,
    'has a version that is no number': `.0-${TRACE}-${SPAN}-01`,
    'has upper case': `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    'has an upper-case version': `CC-${TRACE}-${SPAN}-01`,
    'has a trace id of zeros': `00-${'0'.repeat(32)}-${SPAN}-01`,
    'has a span id of zeros': `00-${TRACE}-${'0'.repeat(16)}-01`,
    'has a trace id that is too short': `00-${TRACE.slice(1)}-${SPAN}-01`,
    'has a trace id that is too long': `00-0${TRACE}-${SPAN}-01`,
    'has a trace id with another character': `00-.${TRACE.slice(1)}-${SPAN}-01`,
    'has a span id that is too short': `00-${TRACE}-${SPAN.slice(1)}-01`,
    'has a span id that is too long': `00-${TRACE}-0${SPAN}-01`,
    'has flags of one digit': `00-${TRACE}-${SPAN}-1`,
    'has flags of three digits': `00-${TRACE}-${SPAN}-001`,
    'has flags that are no number': `00-${TRACE}-${SPAN}-.0`,
    'goes on in version 00': `00-${TRACE}-${SPAN}-01-what`,
    'goes on in version 00 with a dash': `00-${TRACE}-${SPAN}-01-`,
    'goes on in a later version without a dash': `cc-${TRACE}-${SPAN}-01.what`,
    'has white space': ` 00-${TRACE}-${SPAN}-01`,
    'ends with a line': `00-${TRACE}-${SPAN}-01\n`,
    'has other separators': `00_${TRACE}_${SPAN}_01`,
  };
  for (const [what, text] of Object.entries(malformed)) {
    test(`that ${what} is refused`, () => void refused('ERR_TRACE_CONTEXT', () => parseTraceparent(text)));
  }

  test('is not made of ids that are none', () => {
    for (const wrong of [
      { traceId: TRACE.toUpperCase(), spanId: SPAN, flags: 1 },
      { traceId: TRACE, spanId: '0'.repeat(16), flags: 1 },
      { traceId: TRACE, spanId: SPAN, flags: 256 },
      { traceId: TRACE, spanId: SPAN, flags: 0.5 },
    ])
      refused('ERR_TRACE_CONTEXT', () => formatTraceparent(wrong));
  });

  test('is a ProtocolError or a traceparent, whatever comes', () => {
    const near = fc.string({ unit: fc.constantFrom(...'0123456789abcdefA-. \n'.split('')), maxLength: 70 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        try {
          assert.equal(formatTraceparent(parseTraceparent(text)).length, 55);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'ERR_TRACE_CONTEXT');
        }
      }),
    );
  });
});

describe('a tracestate', () => {
  test('is a list in its order; white space around entries and empty entries are left out', () => {
    const entries = [
      { key: 'rojo', value: '00f067aa0ba902b7' },
      { key: 'tenant@vendor', value: 'a b' },
      { key: '0tenant@v', value: '!' },
    ];
    assert.deepEqual(parseTracestate(' rojo=00f067aa0ba902b7\t,, tenant@vendor=a b , 0tenant@v=!,'), entries);
    assert.equal(formatTracestate(entries), 'rojo=00f067aa0ba902b7,tenant@vendor=a b,0tenant@v=!');
    assert.deepEqual(parseTracestate(''), []);
  });

  test('has 32 entries and keys and values of 256 characters, and no more', () => {
    const many = (count: number): string => Array.from({ length: count }, (_, i) => `k${i}=v`).join(',');
    assert.equal(parseTracestate(many(32)).length, 32);
    refused('ERR_TRACE_CONTEXT', () => parseTracestate(many(33)));
    assert.equal(parseTracestate(`${'k'.repeat(256)}=${'v'.repeat(256)}`).length, 1);
    assert.equal(parseTracestate(`${'t'.repeat(241)}@${'v'.repeat(14)}=1`).length, 1);
    for (const long of [
      `${'k'.repeat(257)}=1`,
      `k=${'v'.repeat(257)}`,
      `${'t'.repeat(242)}@v=1`,
      `t@${'v'.repeat(15)}=1`,
      'k'.repeat(40_000),
    ])
      refused('ERR_TRACE_CONTEXT', () => parseTracestate(long));
  });

  for (const text of ['k', 'k=', '=v', 'K=v', '1k=v', 'k=a=b', 'k v=1', 'k =1', 'k=1,k=2', 't@1=v', 't@@v=1', 'k=ü'])
    test(`"${text}" is refused`, () => void refused('ERR_TRACE_CONTEXT', () => parseTracestate(text)));

  test('that would be too long loses long entries first, then the last ones', () => {
    const entries = [
      { key: 'a', value: 'v'.repeat(200) },
      { key: 'b', value: 'v'.repeat(100) },
      { key: 'c', value: 'v'.repeat(100) },
    ];
    const keys = (charsMax: number): string[] =>
      parseTracestate(formatTracestate(entries, charsMax)).map(({ key }) => key);
    assert.deepEqual(keys(512), ['a', 'b', 'c']);
    assert.deepEqual(keys(300), ['b', 'c']);
    assert.deepEqual(keys(150), ['b']);
    assert.equal(formatTracestate(entries, 10), '');
  });

  test('is not written with entries that nobody would read', () => {
    refused('ERR_TRACE_CONTEXT', () => formatTracestate([{ key: 'K', value: 'v' }]));
    const many = Array.from({ length: 33 }, (_, i) => ({ key: `k${i}`, value: 'v' }));
    refused('ERR_TRACE_CONTEXT', () => formatTracestate(many));
  });
});
