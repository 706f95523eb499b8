import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';

/*
 * Bundles build/src/ into dist/: Node.js takes up to a millisecond for each module that it loads, and a process that opens
 * the bus would load 160 of them. Bundled, a service is there 120 ms earlier, and so it is after each restart.
 *
 * What is read is compiled, 5 ms for 100 KB. So which modules stand together is decided by who needs them.
 */

/** What is started by its path, besides what package.json exports. */
const PROCESSES = ['journal/recorder-worker', 'cli/bench/process', 'cli/torture/endpoint'];

/** Who looks now and then, and does not want to wait: what these need stands in chunks that have nothing else. */
const QUICK = ['cli/apbus', 'cli/look/ls', 'cli/stat/stat'];

/** What of npm is bundled too, with its licence. Loaded from a package of its own it takes twice as long. */
const BUNDLED = ['commander', 'smol-toml'];

/** @param {string} root */
export async function bundle(root) {
  const { bin, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const modules = join(root, 'build', 'src');
  const output = join(root, 'dist');
  const pathOf = (name) => join(modules, `${name}.js`);
  const nameOf = (target) => /^\.\/dist\/(.+)\.js$/.exec(target ?? '')?.[1] ?? [];
  const started = [...PROCESSES, ...Object.values(bin).flatMap(nameOf)];
  const imported = Object.values(exports).flatMap((target) => nameOf(target.default));
  const build = await rolldown({
    input: Object.fromEntries([...imported, ...started].map((name) => [name, pathOf(name)])),
    platform: 'node',
    external: (id) => /^[^./]/.test(id) && !BUNDLED.includes(id),
  });
  rmSync(join(output, 'chunks'), { recursive: true, force: true });
  await build.write({
    dir: output,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    comments: { legal: true, annotation: false, jsdoc: false },
    codeSplitting: { groups: groups(modules, new Set(started.map(pathOf))) },
    plugins: [builtinsAsTheyAre],
  });
  await build.close();
  for (const name of BUNDLED)
    copyFileSync(join(root, 'node_modules', name, 'LICENSE'), join(output, 'chunks', `${name}.LICENSE.txt`));
  await bundlePage(root);
  for (const command of Object.values(bin)) chmodSync(join(root, command), 0o755);
}

/**
 * Which modules stand together: the message format, which loads nothing else; how a segment is looked at; the configuration;
 * the bus; its journals; what is observed of it; and what several commands share. Each command is a chunk of its own by its
 * dynamic import.
 *
 * @param {string} modules
 * @param {ReadonlySet<string>} started what is started by its path does its work as it is loaded: never in a chunk
 */
function groups(modules, started) {
  const pathIn = (id) => relative(modules, id);
  const isOfCommand = (id) => /^(?:cli|supervisor)\//.test(pathIn(id)) || id.includes('/node_modules/');
  const isOfLibrary = (id) => !isOfCommand(id);
  const unless = (test) => (id) => !started.has(id) && test(id);
  const quick = neededBy(QUICK, modules);
  const bus = neededBy(['index'], modules);
  return [
    { name: 'protocol', test: unless((id) => pathIn(id).startsWith('protocol/')) },
    { name: named('segment', quick), debugName: 'segment', test: unless(isOfLibrary) },
    { name: named('look', quick), debugName: 'look', test: unless(isOfCommand) },
    { name: named('config', bus), debugName: 'config', test: unless((id) => pathIn(id).startsWith('bus/config/')) },
    { name: named('bus', bus), debugName: 'bus', test: unless(isOfLibrary) },
    { name: 'journal', test: unless((id) => /^(?:journal|bus)\//.test(pathIn(id))), minShareCount: 2 },
    { name: 'observe', test: unless((id) => /^observe\/(?!capture)/.test(pathIn(id))) },
    { name: 'command', test: unless(isOfCommand), minShareCount: 2 },
  ];
}

/** @param {(id: string, graph: import('rolldown').ChunkingContext) => boolean} isIn */
function named(name, isIn) {
  return (id, graph) => (isIn(id, graph) ? name : null);
}

/**
 * Whether a module is needed by one of these: they import it, or what they import does. What is loaded later is not.
 *
 * @param {readonly string[]} names
 * @param {string} modules
 */
function neededBy(names, modules) {
  const needed = new Set();
  const add = (id, graph) => {
    if (needed.has(id)) return;
    needed.add(id);
    for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) add(imported, graph);
  };
  return (id, graph) => {
    if (needed.size === 0) for (const name of names) add(join(modules, `${name}.js`), graph);
    return needed.has(id);
  };
}

/**
 * Node.js makes an ES module of each of its own modules that is imported, and asks for all that it exports: of `node:fs` that
 * loads the streams, 5 ms for who wants none.
 */
const builtinsAsTheyAre = {
  name: 'builtins-as-they-are',
  renderChunk(code) {
    return code.replace(
      /^import \{(.*)\} from "(node:[\w/]+)";$/gm,
      (_, names, module) => `const {${names.replaceAll(' as ', ': ')}} = process.getBuiltinModule("${module}");`,
    );
  },
};

/**
 * What the dashboard gives to browsers, in dist/page/: one script, with uPlot in it, and the files that it needs.
 *
 * @param {string} root
 */
async function bundlePage(root) {
  const sources = join(root, 'src', 'dashboard', 'page');
  const output = join(root, 'dist', 'page');
  const build = await rolldown({
    input: join(root, 'build', 'src', 'dashboard', 'page', 'page.js'),
    platform: 'browser',
  });
  await build.write({ file: join(output, 'page.js'), format: 'esm', minify: true });
  await build.close();
  mkdirSync(output, { recursive: true });
  for (const name of ['index.html', 'login.html', 'page.css', 'icon.svg'])
    copyFileSync(join(sources, name), join(output, name));
  const uplot = join(root, 'node_modules', 'uplot');
  copyFileSync(join(uplot, 'dist', 'uPlot.min.css'), join(output, 'uplot.css'));
  copyFileSync(join(uplot, 'LICENSE'), join(output, 'uplot.LICENSE.txt'));
}
