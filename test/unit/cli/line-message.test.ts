import assert from 'node:assert/strict';
import { it } from 'node:test';
import { lineMessage, type LineForm } from '#src/cli/pub/line-message.js';
import { parseMessage, Quote, TlvType, Trade } from '#src/protocol/index.js';

const message = (line: string, form: LineForm): Uint8Array => lineMessage(line, form, 1_700_000_000_000_000_000n);
const text = (line: string, form: LineForm): string => new TextDecoder().decode(message(line, form));

it('a line is its text, the bytes that it spells, or what its JSON says', () => {
  assert.equal(text('hallo wörld', 'text'), 'hallo wörld');
  assert.deepEqual([...message('0x00 ff 7F', 'hex')], [0, 255, 127]);
  assert.equal(text('{"text":"a"}', 'json'), 'a');
  assert.deepEqual([...message('{"hex":"0102"}', 'json')], [1, 2]);
  assert.deepEqual([...message('{"base64":"AQI="}', 'json')], [1, 2]);
});

it('a JSON line with a type is a message of the protocol, with large integers as text', () => {
  const line = {
    type: 'Trade',
    assetId: '18446744073709551615',
    price: 45123.45,
    volume: 1.5,
    executionTimestampNs: '1700000000000000000',
    venueId: 7,
    assetType: 2,
    side: 1,
  };
  const trade = parseMessage(message(JSON.stringify(line), 'json'))
    .find(TlvType.Trade)
    ?.decode(Trade);
  assert.deepEqual([trade?.assetId, trade?.price, trade?.side], [18_446_744_073_709_551_615n, 45123.45, 1]);
});

it('four columns are a quote', () => {
  const quote = parseMessage(message('1234500,100,1234400,200', 'quotes')).find(TlvType.Quote)?.decode(Quote);
  assert.deepEqual([quote?.askPrice, quote?.askSize, quote?.bidPrice, quote?.bidSize], [123.45, 100, 123.44, 200]);
});

it('a line that is no message says what was found and expected', () => {
  const cases: readonly (readonly [string, LineForm, RegExp])[] = [
    ['0', 'hex', /found "0", expected bytes in hex, two digits each/],
    ['zz', 'hex', /expected bytes in hex/],
    ['{', 'json', /found "\{", expected a JSON object/],
    ['[1]', 'json', /expected a JSON object/],
    ['{"type":"Trad"}', 'json', /found type "Trad", expected one of .*Trade.*; did you mean Trade\?/],
    ['{"a":1}', 'json', /found type none, expected one of/],
    ['{"type":"Trade","assetId":"x"}', 'json', /./],
    ['1,2,3', 'quotes', /found "1,2,3", expected 4 whole numbers: ask price/],
    ['a,b,c,d', 'quotes', /expected 4 whole numbers/],
  ];
  for (const [line, form, expected] of cases)
    assert.throws(() => message(line, form), { name: 'LineError', message: expected }, line);
});
