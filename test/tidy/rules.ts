/*
 * The house rules that a linter does not know. Each is a function from one file to its complaints, so that rules.test.ts
 * can show that each finds what it is for.
 */

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** A complaint as `path:line: what`. */
export type Complaint = string;

export const LINES_MAX = 320;

/** Files that may be longer, and why. */
const LONGER: Readonly<Record<string, string>> = {
  LICENSE: 'the licence is as long as it is',
};

/** Names that say nothing about what is in a file or folder. */
const EMPTY_NAMES = ['util', 'utils', 'helper', 'helpers', 'manager', 'common', 'misc'];

const CODE = /\.(?:[cm]?[jt]s|c|h|sh)$/;

export function tooLong({ path, text }: SourceFile): Complaint[] {
  if (!CODE.test(path) || path in LONGER) return [];
  const lines = text.split('\n').length - 1;
  return lines <= LINES_MAX ? [] : [`${path}:1: ${lines} lines; at most ${LINES_MAX}, split it by idea`];
}

export function emptyName({ path }: SourceFile): Complaint[] {
  const parts = path.toLowerCase().split(/[/._-]/);
  return EMPTY_NAMES.filter((name) => parts.includes(name)).map(
    (name) => `${path}:1: "${name}" in a name says nothing`,
  );
}

/** What this file looks for is spelled in parts here, so that it does not find itself. */
const spelled = (...parts: string[]): string => parts.join('');

const LATER = new RegExp(
  `\\b(?:${[spelled('TO', 'DO'), spelled('FIX', 'ME'), spelled('X', 'XX'), spelled('HA', 'CK')].join('|')})\\b`,
);

/** Work put off: do it, or make it an issue. */
export function putOff(file: SourceFile): Complaint[] {
  return eachLine(file, (line) => (LATER.test(line) ? 'work put off; do it, or open an issue' : undefined));
}

const SUPPRESSION = new RegExp(
  [
    spelled('(?:ox|es)lint-', 'disable'),
    spelled('@ts-', '(?:expect-error|ignore|nocheck)'),
    spelled('c8 ', 'ignore'),
  ].join('|'),
);

/** A check is switched off only with its reason, in words after `--`. */
export function unexplainedSuppression(file: SourceFile): Complaint[] {
  if (!CODE.test(file.path)) return [];
  return eachLine(file, (line) => {
    const match = SUPPRESSION.exec(line);
    if (match === null) return undefined;
    return /--\s*\w+\s+\w+/.test(line.slice(match.index))
      ? undefined
      : 'a check is switched off without a reason ("-- because ...")';
  });
}

const MACHINE_PATH = /(?:^|[\s'"`(=:,])(\/(?:work|root|home\/\w+|Users\/\w+)(?:\/|\b))/;

/** A path that exists on one machine only. */
export function machinePath(file: SourceFile): Complaint[] {
  return eachLine(file, (line) => {
    const path = MACHINE_PATH.exec(line)?.[1];
    return path === undefined ? undefined : `${path} is a path of one machine`;
  });
}

const PRIVATE_REFERENCE = new RegExp(
  [
    spelled('\\bshared/', '\\w+\\.md\\b'),
    spelled('\\b(?:faults|peers|ecosystem|style)', '\\.md\\b'),
    spelled('\\bissues ', '(?:show|list)\\b'),
    spelled('\\bsub-?', 'agent'),
    spelled('\\blanguage ', 'model'),
  ].join('|'),
  'i',
);

/** Words about how the project is worked on, and papers that its readers do not have. */
export function privateReference(file: SourceFile): Complaint[] {
  return eachLine(file, (line) =>
    PRIVATE_REFERENCE.test(line) ? 'readers of the project do not have that' : undefined,
  );
}

/** Text that a program left behind and a person did not read: conflict marks, a focused or switched-off test. */
export function leftBehind(file: SourceFile): Complaint[] {
  return eachLine(file, (line) => {
    if (/^(?:<{7}|>{7}|={7})(?: |$)/.test(line)) return 'a conflict mark';
    if (/\b(?:it|test|describe)\.only\(/.test(line)) return 'a focused test: the others would not run';
    return /\bdebugger;/.test(line) ? 'a breakpoint' : undefined;
  });
}

export const FILE_RULES = [
  tooLong,
  emptyName,
  putOff,
  unexplainedSuppression,
  machinePath,
  privateReference,
  leftBehind,
];

/**
 * Unit tests mirror what they test: test/unit/<folders> exists as src/<folders>. Other sources that have unit tests
 * stand under their own name (test/unit/examples, test/unit/bench).
 */
export function misplacedTests(paths: readonly string[]): Complaint[] {
  const folders = new Set(paths.flatMap((path) => ancestors(path)));
  const tests = paths.filter((path) => path.startsWith('test/unit/') && path.endsWith('.test.ts'));
  return tests.flatMap((path) => {
    const mirrored = path.slice('test/unit/'.length, path.lastIndexOf('/'));
    if (!path.slice('test/unit/'.length).includes('/')) return [];
    const isThere = folders.has(`src/${mirrored}`) || folders.has(mirrored);
    return isThere ? [] : [`${path}:1: tests mirror their source, but there is no src/${mirrored}`];
  });
}

function ancestors(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

function eachLine({ path, text }: SourceFile, complain: (line: string) => string | undefined): Complaint[] {
  return text.split('\n').flatMap((line, index) => {
    const complaint = complain(line);
    return complaint === undefined ? [] : [`${path}:${index + 1}: ${complaint}`];
  });
}
