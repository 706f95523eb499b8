import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { locateKeys, type KeyPath } from '#src/bus/config/locate.js';

/** "line:column" of a path, or undefined. */
function place(toml: string, ...path: KeyPath): string | undefined {
  parse(toml); // the scanner is promised valid text
  const position = locateKeys(toml)(path);
  return position && `${position.line}:${position.column}`;
}

test('a key in a table stands where it is written', () => {
  const toml = '# comment\n[channels.x]\n  type = "SPSC"\nbuffer_size = 1\n';
  assert.equal(place(toml, 'channels', 'x', 'type'), '3:3');
  assert.equal(place(toml, 'channels', 'x', 'buffer_size'), '4:1');
  assert.equal(place(toml, 'channels', 'x'), '2:11');
  assert.equal(place(toml, 'channels'), '2:2');
});

test('a key that is not there stands at the nearest table around it', () => {
  const toml = 'a = 1\n[channels.x]\n';
  assert.equal(place(toml, 'channels', 'x', 'type'), '2:11');
  assert.equal(place(toml, 'nothing', 'at', 'all'), undefined);
  assert.equal(place(toml), undefined);
});

test('dotted keys are found part by part, with spaces around the dots', () => {
  const toml = 'channels.x.type = 1\nchannels . y . backpressure.mode = 2\n[a . b]\nc.d=3';
  assert.equal(place(toml, 'channels', 'x', 'type'), '1:12');
  assert.equal(place(toml, 'channels', 'y'), '2:12');
  assert.equal(place(toml, 'channels', 'y', 'backpressure', 'mode'), '2:29');
  assert.equal(place(toml, 'a', 'b', 'c', 'd'), '4:3');
});

test('quoted keys are found by what they mean', () => {
  const toml =
    '["a.b".\'c"d\']\n"e\\u0066" = 1\n\'g\\h\' = 2\n"i\\tj\\"k" = 3\n"" = 4\n"l=m#n]" = 5\n"\\U0001F600" = 6';
  assert.equal(place(toml, 'a.b', 'c"d'), '1:8');
  assert.equal(place(toml, 'a.b', 'c"d', 'ef'), '2:1');
  assert.equal(place(toml, 'a.b', 'c"d', 'g\\h'), '3:1');
  assert.equal(place(toml, 'a.b', 'c"d', 'i\tj"k'), '4:1');
  assert.equal(place(toml, 'a.b', 'c"d', ''), '5:1');
  assert.equal(place(toml, 'a.b', 'c"d', 'l=m#n]'), '6:1');
  assert.equal(place(toml, 'a.b', 'c"d', '\u{1f600}'), '7:1');
});

test('keys of inline tables and places in lists are found', () => {
  const toml = 'x = { a = 1, b.c = "},", d = [ 1, "]", { e = 2 } ] }\ny = [\n  "p", # ], \n  "q",\n]\nz = 1';
  assert.equal(place(toml, 'x', 'a'), '1:7');
  assert.equal(place(toml, 'x', 'b', 'c'), '1:16');
  assert.equal(place(toml, 'x', 'd', 1), '1:35');
  assert.equal(place(toml, 'x', 'd', 2, 'e'), '1:42');
  assert.equal(place(toml, 'y', 0), '3:3');
  assert.equal(place(toml, 'y', 1), '4:3');
  assert.equal(place(toml, 'z'), '6:1');
});

test('text that looks like keys is not mistaken for keys', () => {
  const toml = [
    'a = """',
    'b = 1',
    '[c]',
    'quotes: \\""" and two at the end""""" # [no]',
    "d = '''",
    "e = '1' ''''' # still text ended by two more quotes",
    'f = "x # y = \\" [z]" # g = 1',
    '# [h]',
    'i = 1979-05-27 07:32:00 # [j]',
  ].join('\n');
  for (const ghost of ['b', 'c', 'e', 'g', 'h', 'j', 'no', 'z']) assert.equal(place(toml, ghost), undefined, ghost);
  assert.equal(place(toml, 'd'), '5:1');
  assert.equal(place(toml, 'f'), '7:1');
  assert.equal(place(toml, 'i'), '9:1');
});

test('arrays of tables are counted, also for the tables inside them', () => {
  const toml = '[[a]]\nx = 1\n[[a]]\ny = 2\n[a.b]\nz = 3\n[[a.c]]\nw = 4\n';
  assert.equal(place(toml, 'a', 0, 'x'), '2:1');
  assert.equal(place(toml, 'a', 1, 'y'), '4:1');
  assert.equal(place(toml, 'a', 1, 'b', 'z'), '6:1');
  assert.equal(place(toml, 'a', 1, 'c', 0, 'w'), '8:1');
});

test('line ends of both kinds and a byte order mark count as editors count them', () => {
  assert.equal(place('a = 1\r\nb = 2\r\n', 'b'), '2:1');
  assert.equal(locateKeys('\ufeffa = 1')(['a'])?.line, 1);
});

test('every key that the parser finds, the scanner finds, at its own name', () => {
  const name = fc.string({ unit: 'grapheme', maxLength: 6 });
  const scalar = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean());
  const { table } = fc.letrec<{ table: Record<string, unknown>; value: unknown }>((tie) => ({
    table: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.array(scalar, { maxLength: 3 }),
      tie('table'),
      fc.array(tie('table'), { maxLength: 2 }),
    ),
  }));
  fc.assert(
    fc.property(table, (value) => {
      const toml = stringify(value);
      const locate = locateKeys(toml);
      const lines = toml.split('\n');
      for (const path of keyPaths(parse(toml), [])) {
        const position = locate(path);
        assert.ok(position !== undefined, JSON.stringify(path));
        const rest = lines[position.line - 1]?.slice(position.column - 1) ?? '';
        assert.ok(beginsWithKey(rest, String(path.at(-1))), `${JSON.stringify(path)} at ${rest}`);
      }
    }),
    { numRuns: 500 },
  );
});

/** Paths of all keys; those of list entries themselves are left out. */
function* keyPaths(value: unknown, path: KeyPath): Generator<KeyPath> {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) yield* keyPaths(entry, [...path, index]);
    return;
  }
  for (const [key, entry] of Object.entries(value)) {
    yield [...path, key];
    yield* keyPaths(entry, [...path, key]);
  }
}

function beginsWithKey(text: string, key: string): boolean {
  const written = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)/.exec(text)?.[0];
  if (written === undefined) return false;
  return Object.hasOwn(parse(`${written} = 1`), key);
}
