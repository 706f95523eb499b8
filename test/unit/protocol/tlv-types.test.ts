import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  codecOf,
  isVendorType,
  RelayDomain,
  relayDomainName,
  sizeFits,
  SourceType,
  sourceTypeName,
  TLV_SIZES,
  tlvRange,
  TlvType,
  tlvTypeName,
} from '#src/protocol/index.js';

test('the named types have the sizes that the protocol fixes', () => {
  const written = Object.entries(TlvType).map(([name, type]) => {
    const rule = TLV_SIZES.get(type);
    const size = rule === undefined ? 'any' : rule.min === rule.max ? `${rule.min}` : `${rule.min}-${rule.max}`;
    return `${type} ${name} ${size}`;
  });
  assert.deepEqual(written.slice(0, 11), [
    '1 Trade 40',
    '2 Quote 56',
    '3 OrderBook any',
    '4 InstrumentMeta any',
    '5 L2Snapshot any',
    '6 L2Delta any',
    '7 L2Reset any',
    '8 PriceUpdate any',
    '9 VolumeUpdate any',
    '10 PoolLiquidity 20-300',
    '11 PoolSwap 60-200',
  ]);
  assert.deepEqual(written.slice(11, 19), [
    '20 SignalIdentity 16',
    '21 AssetCorrelation 24',
    '22 Economics 32',
    '23 ExecutionAddresses 84',
    '24 VenueMetadata 12',
    '25 StateReference 24',
    '26 ExecutionControl 16',
    '30 RiskParameters 24-512',
  ]);
  assert.deepEqual(written.slice(19, 30), [
    '40 OrderRequest 32',
    '41 OrderStatus 24',
    '42 Fill 32',
    '43 OrderCancel 16',
    '44 OrderModify 24',
    '45 ExecutionReport 48',
    '46 Portfolio 32-2048',
    '47 Position 24-512',
    '48 Balance 16-256',
    '49 TradeConfirmation 32-256',
    '60 RiskDecision 32',
  ]);
  assert.deepEqual(written.slice(30), [
    '100 Heartbeat 16',
    '101 Snapshot 32-1024',
    '102 Error 16-512',
    '103 ConfigUpdate 20-2048',
    '107 SystemHealth 48',
    '108 TraceContext 32',
    '110 RecoveryRequest 24',
    '111 RecoveryResponse 20-1024',
  ]);
});

test('a size fits when the rule of its type allows it; without a rule every size fits', () => {
  const table: readonly (readonly [number, number, boolean])[] = [
    [TlvType.Trade, 40, true],
    [TlvType.Trade, 39, false],
    [TlvType.PoolSwap, 59, false],
    [TlvType.PoolSwap, 60, true],
    [TlvType.PoolSwap, 200, true],
    [TlvType.PoolSwap, 201, false],
    [TlvType.OrderBook, 65_535, true],
    [150, 0, true],
    [230, 7, true],
  ];
  for (const [type, bytes, fits] of table) assert.equal(sizeFits(type, bytes), fits, `${type}: ${bytes}`);
});

test('every number lies in at most one range', () => {
  const ranges = ['marketData', 'strategySignals', 'execution', 'portfolioAndRisk', 'compliance', 'system'];
  const expected = (type: number): string | undefined => {
    if (type >= 200 && type <= 254) return 'vendor';
    return type === 0 ? undefined : ranges[Math.floor(type / 20)];
  };
  for (let type = 0; type < 256; type++) assert.equal(tlvRange(type), expected(type), String(type));
});

test('vendor types are 200 to 254', () => {
  for (const type of [200, 230, 254]) assert.ok(isVendorType(type));
  for (const type of [199, 255, 200.5, NaN]) assert.equal(isVendorType(type), false);
});

test('numbers have their names, and numbers without a name have none', () => {
  assert.equal(tlvTypeName(108), 'TraceContext');
  assert.equal(tlvTypeName(109), undefined);
  assert.equal(relayDomainName(RelayDomain.Execution), 'Execution');
  assert.equal(relayDomainName(0), undefined);
  assert.equal(sourceTypeName(82), 'ExecutionRelay');
  assert.equal(sourceTypeName(83), undefined);
  assert.equal(Object.keys(SourceType).length, 16);
});

test('seven types ship with a codec, of the size that their type has', () => {
  const types = Object.values(TlvType).filter((type) => codecOf(type) !== undefined);
  assert.deepEqual(types, [1, 2, 20, 40, 42, 100, 108]);
  for (const type of types) {
    const codec = codecOf(type);
    assert.deepEqual([codec?.type, codec?.name], [type, tlvTypeName(type)]);
    assert.ok(sizeFits(type, codec?.size ?? -1), codec?.name);
  }
});
