import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  carriedTrace,
  decodeW3cContext,
  encodeW3cContext,
  MESSAGE_BYTES_MAX,
  MessageReader,
  NO_TRACE,
  parseMessage,
  shortTraceId,
  TlvType,
  TraceContext,
  TracePeek,
  W3C_CONTEXT_TYPE,
  w3cOfTraceContext,
  withTrace,
  type CarriedTrace,
} from '#src/protocol/index.js';
import { ascending, fromHex, hex, refused, sealed, vectorBuilder } from './kit.js';

const context = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  flags: 1,
  tracestate: 'rojo=1',
};
const hop = {
  startTimestampNs: 1_700_000_000_000_000_000n,
  currentTimestampNs: 1_700_000_000_000_000_500n,
  sourceService: 4,
  spanDepth: 2,
  stageFlags: 5,
};
/** W3C's binary form, then the tracestate. */
const VECTOR = `00004bf92f3577b34da6a3ce929d0e0e47360100f067aa0ba902b70201${Buffer.from('rojo=1').toString('hex')}`;

const carried = (message: Uint8Array): CarriedTrace | undefined => carriedTrace(new MessageReader().wrap(message));

describe('the TLV of a W3C context', () => {
  test('has the bytes of the test vector, both ways', () => {
    assert.equal(hex(encodeW3cContext(context)), VECTOR);
    assert.deepEqual(decodeW3cContext(fromHex(VECTOR)), context);
  });

  test('loses a tracestate that is invalid, and keeps the rest', () => {
    for (const state of ['Rojo=1', 'rojo=\u0001', 'k=1,k=2', 'r=1'.repeat(200)]) {
      const bytes = fromHex(`${VECTOR.slice(0, 58)}${Buffer.from(state, 'latin1').toString('hex')}`);
      assert.deepEqual(decodeW3cContext(bytes), { ...context, tracestate: '' });
    }
  });

  test('is refused when it is short, has not its marks, or has ids of zeros', () => {
    refused('ERR_VALUE_SIZE', () => decodeW3cContext(fromHex(VECTOR.slice(0, 56))));
    for (const mark of [0, 1, 18, 27]) {
      const bytes = fromHex(VECTOR);
      bytes[mark] = 9;
      refused('ERR_TRACE_CONTEXT', () => decodeW3cContext(bytes));
    }
    const noTrace = fromHex(VECTOR).fill(0, 2, 18);
    refused('ERR_TRACE_CONTEXT', () => decodeW3cContext(noTrace));
    const noSpan = fromHex(VECTOR).fill(0, 19, 27);
    refused('ERR_TRACE_CONTEXT', () => decodeW3cContext(noSpan));
  });

  test('is not made of what W3C refuses', () => {
    refused('ERR_TRACE_CONTEXT', () => encodeW3cContext({ ...context, traceId: '0'.repeat(32) }));
    refused('ERR_TRACE_CONTEXT', () => encodeW3cContext({ ...context, tracestate: 'K' }));
    refused('ERR_TRACE_CONTEXT', () => shortTraceId('4bf9'));
  });
});

test('a TraceContext alone is the right half of the trace id, which is its first span too', () => {
  const traceId = fromHex('a3ce929d0e0e4736');
  assert.deepEqual(w3cOfTraceContext({ traceId }, 1), {
    traceId: '0000000000000000a3ce929d0e0e4736',
    spanId: 'a3ce929d0e0e4736',
    flags: 1,
    tracestate: '',
  });
  refused('ERR_TRACE_CONTEXT', () => w3cOfTraceContext({ traceId: new Uint8Array(8) }, 1));
});

describe('a message with a trace', () => {
  const plain = vectorBuilder().addTlv(3, ascending(40)).addTlv(3, ascending(300)).build();

  test('is the message, a TraceContext, and the W3C context', () => {
    const message = parseMessage(withTrace(plain, hop, context));
    assert.deepEqual(message.get(TraceContext), { ...hop, traceId: fromHex('a3ce929d0e0e4736') });
    assert.deepEqual(decodeW3cContext(message.find(W3C_CONTEXT_TYPE)!.value), context);
    assert.deepEqual(
      message.findAll(3).map(({ value }) => value.length),
      [40, 300],
    );
    assert.equal(message.header.sequence, 42n);
    assert.deepEqual(carried(message.bytes), { hop: message.get(TraceContext), context, isWhole: true });
  });

  test('carries the last trace only, and a tracestate of any length', () => {
    const long = { ...context, tracestate: `a=${'v'.repeat(250)},b=${'v'.repeat(250)}` };
    const again = withTrace(withTrace(withTrace(plain, hop, context), hop, long), { ...hop, spanDepth: 3 }, long);
    assert.equal(parseMessage(again).findAll(TlvType.TraceContext).length, 1);
    assert.equal(parseMessage(again).findAll(W3C_CONTEXT_TYPE).length, 1);
    assert.equal(carried(again)?.context.tracestate, long.tracestate);
    assert.equal(carried(again)?.hop?.spanDepth, 3);
  });

  test("keeps a TLV of somebody else's with the same number", () => {
    const own = vectorBuilder().addTlv(W3C_CONTEXT_TYPE, ascending(29)).build();
    const message = parseMessage(withTrace(own, hop, context));
    assert.equal(message.findAll(W3C_CONTEXT_TYPE).length, 2);
    assert.deepEqual(carried(message.bytes)?.context, context);
    assert.equal(carried(own), undefined);
  });

  test('is refused when it is no message, or would pass 1 MiB', () => {
    refused('ERR_TOO_SHORT', () => withTrace(ascending(8), hop, context));
    refused('ERR_WRONG_MAGIC', () => withTrace(ascending(80), hop, context));
    refused('ERR_TLV_OVERRUN', () => withTrace(sealed(fromHex('0107')), hop, context));
    const full = vectorBuilder();
    while (full.byteLength + 65_540 <= MESSAGE_BYTES_MAX) full.addTlv(3, new Uint8Array(65_535));
    full.addTlv(3, new Uint8Array(MESSAGE_BYTES_MAX - full.byteLength - 5));
    refused('ERR_TOO_LONG', () => withTrace(full.build(), hop, context));
  });
});

describe('the trace that a message carries', () => {
  const withIt = withTrace(vectorBuilder().build(), hop, context);
  const w3c = parseMessage(withIt).find(W3C_CONTEXT_TYPE)!.value;
  const short = { ...hop, traceId: fromHex('0102030405060708') };

  test('is that of its TraceContext when there is no more, then sampled', () => {
    const trace = carried(vectorBuilder().addTlv(TraceContext, short).build());
    assert.equal(trace?.context.traceId, '00000000000000000102030405060708');
    assert.equal(trace.context.flags, 1);
    assert.equal(trace.isWhole, false);
  });

  test('is the W3C context also without a TraceContext', () => {
    const trace = carried(vectorBuilder().addTlv(W3C_CONTEXT_TYPE, w3c).build());
    assert.deepEqual(trace, { hop: undefined, context, isWhole: true });
  });

  test('is that of the TraceContext when the two contradict each other', () => {
    const trace = carried(vectorBuilder().addTlv(TraceContext, short).addTlv(W3C_CONTEXT_TYPE, w3c).build());
    assert.equal(trace?.context.traceId, '00000000000000000102030405060708');
  });

  test('is none for other messages, and for ids that are none', () => {
    assert.equal(carried(vectorBuilder().addTlv(3, ascending(9)).build()), undefined);
    assert.equal(
      carried(
        vectorBuilder()
          .addTlv(TraceContext, { ...short, traceId: new Uint8Array(8) })
          .build(),
      ),
      undefined,
    );
    const damaged = new Uint8Array(w3c).fill(0, 2, 18);
    assert.equal(carried(vectorBuilder().addTlv(W3C_CONTEXT_TYPE, damaged).build()), undefined);
    assert.equal(carried(vectorBuilder().addTlv(TlvType.TraceContext, ascending(31)).build()), undefined);
  });
});

test('a look at the heads finds every trace that is read in full, throws for nothing, and sees only whole messages', () => {
  const peek = new TracePeek();
  const any = fc.array(
    fc.record({
      type: fc.constantFrom(3, TlvType.TraceContext, W3C_CONTEXT_TYPE),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.constant(encodeW3cContext(context)),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
      ),
    }),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(any, fc.boolean(), fc.nat(), (tlvs, isBroken, at) => {
      const builder = vectorBuilder();
      for (const { type, bytes } of tlvs) builder.addTlv(type, bytes);
      const message = builder.build();
      if (isBroken) message[at % message.length]! ^= 0xff;
      const flags = peek.flags(message, 0, message.length);
      assert.ok(flags >= NO_TRACE && flags <= 255);
      if (!isBroken && carried(message) !== undefined) assert.notEqual(flags, NO_TRACE);
      if (!isBroken) assert.equal(peek.flags(message, 0, message.length - 1), NO_TRACE);
    }),
  );
});
