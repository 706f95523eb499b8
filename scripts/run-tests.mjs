/*
 * Runs the tests: run-tests.mjs [--suite unit|system|tidy|torture|storm]... [FILE]... [option of `node --test`]...
 *
 * It exists because Node 20 takes no globs after `--test`, and because the two kinds of suites want different
 * treatment: unit tests run two files at a time, system tests (each of which starts processes of its own) one. What a
 * suite leaves in the place for temporary files is told, and unit tests that do have failed.
 * A FILE is a source (test/unit/ring/join.test.ts) or part of its path. Options with a value are written with "=".
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Folders of test/ by how they are run; test/kit and test/fixtures hold no tests. A file that takes longer than
 * `hangMinutes` is killed and has failed: a bound on hanging, far above what any takes.
 */
const SUITES = {
  unit: {
    folders: ['unit', 'conformance', 'types', 'tidy', 'model', 'fuzz'],
    concurrency: 2,
    hangMinutes: 4,
    // others have processes killed on purpose, which cannot clear up
    leavesNothing: true,
  },
  system: { folders: ['system', 'torture'], concurrency: 1, hangMinutes: 6 },
  tidy: { folders: ['tidy'], concurrency: 2, hangMinutes: 2 },
  // more kills than among the system tests: so many, and a quarter of that where the oldest is dropped
  torture: { folders: ['torture'], concurrency: 1, hangMinutes: 14, env: { APBUS_TORTURE_KILLS: '240' } },
  // the same tests of chance, for long enough to find the rare things
  storm: {
    folders: ['system', 'torture', 'fuzz', 'model'],
    concurrency: 1,
    hangMinutes: 240,
    env: {
      APBUS_FUZZ_RUNS: '20000',
      APBUS_STORM_RUNS: '200',
      APBUS_LIFECYCLE_KILLS: '2000',
      APBUS_TORTURE_KILLS: '10000',
      APBUS_TORTURE_STOPS: '500',
      APBUS_MODEL_BOUND: '1',
    },
  },
};

const { suites, patterns, options } = readArguments(process.argv.slice(2));
refuseStrayFolders();
const runs = suites
  .map((name) => ({ ...SUITES[name], name, files: testFiles(SUITES[name].folders).filter(isWanted) }))
  .filter(({ files }) => files.length > 0);
if (runs.length === 0) fail(`no test file matches ${patterns.join(' ') || suites.join(' ')}`);
for (const run of runs) if (!runSuite(run)) process.exitCode = 1;

/**
 * @param {string[]} args
 * @returns {{ suites: (keyof typeof SUITES)[], patterns: string[], options: string[] }}
 */
function readArguments(args) {
  const found = { suites: [], patterns: [], options: [] };
  while (args.length > 0) {
    const arg = args.shift();
    if (arg === '--suite') {
      const name = args.shift();
      if (name === undefined || !Object.hasOwn(SUITES, name))
        fail(`--suite needs one of ${Object.keys(SUITES).join(', ')}`);
      found.suites.push(name);
    } else if (arg.startsWith('-')) found.options.push(arg);
    else found.patterns.push(arg.replace(/\.[jt]s$/, ''));
  }
  return found.suites.length > 0 ? found : { ...found, suites: ['unit', 'system'] };
}

/** A folder that no suite names would never be run, and nobody would notice. */
function refuseStrayFolders() {
  const known = new Set(['kit', 'fixtures', ...Object.values(SUITES).flatMap(({ folders }) => folders)]);
  for (const entry of readdirSync(join(root, 'test'), { withFileTypes: true })) {
    if (entry.isDirectory() && known.has(entry.name)) continue;
    fail(`test/${entry.name} belongs to no suite; name it in scripts/run-tests.mjs`);
  }
}

/**
 * @param {string[]} folders
 * @returns {string[]} sources, from the root
 */
function testFiles(folders) {
  return folders
    .map((folder) => join(root, 'test', folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** @param {string} file */
function isWanted(file) {
  return patterns.length === 0 || patterns.some((pattern) => file.includes(pattern));
}

/** @param {{ name: string, concurrency: number, hangMinutes: number, files: string[], leavesNothing?: boolean, env?: Record<string, string> }} run */
function runSuite({ name, concurrency, hangMinutes, files, leavesNothing = false, env = {} }) {
  console.error(`${name}: ${files.length} test files, ${concurrency} at a time`);
  for (const [key, value] of Object.entries(env)) console.error(`${name}: ${key}=${process.env[key] ?? value}`);
  const compiled = files.map((file) => join('build', file.replace(/\.ts$/, '.js')));
  const missing = compiled.find((file) => !existsSync(join(root, file)));
  if (missing !== undefined) fail(`${missing} was not compiled; run "npm run build"`);
  const reporter = options.some((option) => option.startsWith('--test-reporter')) ? [] : ['--test-reporter=spec'];
  const args = [
    '--enable-source-maps',
    '--test',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${hangMinutes * 60_000}`,
    ...reporter,
    ...options,
    ...compiled,
  ];
  // Node.js 20 reads extra certificates in every process that starts, for 80 ms, and the tests start thousands
  const { NODE_EXTRA_CA_CERTS: _certificates, ...inherited } = process.env;
  // a place of their own for temporary files: what is left in it was left by them
  const folder = mkdtempSync(join(tmpdir(), 'apbus-tests-'));
  // what the caller set goes before the suite's own
  const { status, error } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...env, ...inherited, TMPDIR: folder },
  });
  if (error !== undefined) throw error;
  const left = readdirSync(folder);
  if (left.length === 0) rmdirSync(folder);
  else console.error(`${name}: the tests left behind, in ${folder}: ${left.join(', ')}`);
  return status === 0 && (left.length === 0 || !leavesNothing);
}

/**
 * @param {string} reason
 * @returns {never}
 */
function fail(reason) {
  console.error(`run-tests: ${reason}`);
  process.exit(1);
}
