import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { importsOf, type Import } from './imports.js';
import {
  importRefusal,
  isKnownLayer,
  layerOf,
  packageRefusal,
  PRIVILEGES,
  STANDALONE,
  type Privilege,
} from './rules.js';
import { tokenize, type Token } from './tokens.js';

export interface Violation {
  /** From the folder that was checked. */
  readonly path: string;
  readonly line: number;
  readonly reason: string;
}

/** What is wrong with one file of src/; `path` is its path from there, with forward slashes. */
export function violationsIn(path: string, source: string): Violation[] {
  const layer = layerOf(path);
  if (!isKnownLayer(layer))
    return [{ path, line: 1, reason: `layer ${layer} has no rank; give it one in scripts/layers/rules.ts` }];
  const tokens = tokenize(source);
  const imports = importsOf(tokens);
  const found = [
    ...imports.flatMap((one) => at(one.line, refusalOf(path, one))),
    ...PRIVILEGES.filter((privilege) => !holds(path, privilege)).flatMap((privilege) =>
      uses(tokens, imports, privilege),
    ),
  ];
  return found.map(({ line, reason }) => ({ path, line, reason })).sort((a, b) => a.line - b.line);
}

/** What is wrong with one file of examples/: users' code, which sees only what users see. */
export function exampleViolationsIn(path: string, source: string): Violation[] {
  return importsOf(tokenize(source)).flatMap(({ specifier, line }) => {
    if (specifier === undefined || isBuiltin(specifier)) return [];
    // users bring OpenTelemetry, an optional peer, themselves
    if (/^(?:alphapulse-bus(?:\/|$)|@opentelemetry\/)/.test(specifier)) return [];
    const inside = specifier.startsWith('.') && !posix.join(posix.dirname(path), specifier).startsWith('..');
    return inside
      ? []
      : [{ path, line, reason: `imports ${specifier}; examples import the package by its name, and each other` }];
  });
}

function at(line: number, reason: string | undefined): { line: number; reason: string }[] {
  return reason === undefined ? [] : [{ line, reason }];
}

function refusalOf(path: string, { specifier }: Import): string | undefined {
  if (specifier === undefined) return 'imports a module whose name is computed, which cannot be checked';
  const refusal = refusalOfSpecifier(path, specifier);
  return refusal === undefined ? undefined : `imports ${specifier}: ${refusal}`;
}

function refusalOfSpecifier(path: string, specifier: string): string | undefined {
  const layer = layerOf(path);
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier);
    return target.startsWith('..') ? 'src/ uses nothing outside itself' : importRefusal(layer, layerOf(target));
  }
  if (layer === STANDALONE) return `${STANDALONE} imports nothing but itself`;
  if (specifier.startsWith('node:')) return undefined;
  if (isBuiltin(specifier)) return `write node:${specifier}`;
  if (specifier.startsWith('#') || /^alphapulse-bus(?:\/|$)/.test(specifier))
    return 'inside src/, imports are relative';
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  return packageRefusal(path, name);
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

function holds(path: string, { holders }: Privilege): boolean {
  return holders.some((holder) => (holder.endsWith('/') ? path.startsWith(holder) : path === holder));
}

function uses(
  tokens: readonly Token[],
  imports: readonly Import[],
  privilege: Privilege,
): { line: number; reason: string }[] {
  const { what, holders, uses: phrases = [], modules = [], literalEnd } = privilege;
  const reason = (text: string): string =>
    `"${text}" ${what}; only ${holders.map((holder) => `src/${holder}`).join(', ')} may`;
  const found = new Map<number, string>();
  for (const [index, token] of tokens.entries()) {
    const phrase = phrases.find((words) => words.every((word, i) => isPart(tokens[index + i], word)));
    if (phrase !== undefined && !found.has(token.line)) found.set(token.line, reason(phrase.join('')));
    const isText = token.kind === 'string' || token.kind === 'template';
    if (literalEnd !== undefined && isText && token.text.endsWith(literalEnd))
      found.set(token.line, reason(token.text));
  }
  for (const { specifier, line } of imports) {
    if (specifier !== undefined && modules.includes(specifier)) found.set(line, reason(specifier));
  }
  return [...found].map(([line, text]) => ({ line, reason: text }));
}

function isPart(token: Token | undefined, word: string): boolean {
  return token !== undefined && (token.kind === 'word' || token.kind === 'mark') && token.text === word;
}
