import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';

/*
 * Bundles build/src/ into dist/: Node.js takes up to a millisecond for each module that it loads, and a process that opens
 * the bus would load 160 of them. Bundled, a service is there 120 ms earlier, and so it is after each restart.
 */

/** What is started by its path, besides what package.json exports. */
const PROCESSES = ['journal/recorder-worker', 'cli/bench/process', 'cli/torture/endpoint'];

/**
 * Which modules stand together: the message format, which loads nothing else; the bus; and what several commands share.
 * Each command is a chunk of its own by its dynamic import.
 */
const GROUPS = [
  { name: 'protocol', test: /^protocol\// },
  { name: 'bus', test: /^(?:platform|memory|layout|ring|channel|liveness|journal|observe(?!\/capture)|bus)\// },
  { name: 'command', test: /^(?:cli|supervisor)\//, minShareCount: 2 },
];

/** @param {string} root */
export async function bundle(root) {
  const { bin, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const modules = join(root, 'build', 'src');
  const output = join(root, 'dist');
  const targets = [...Object.values(exports).map((target) => target.default), ...Object.values(bin)];
  const entries = targets.flatMap((target) => /^\.\/dist\/(.+)\.js$/.exec(target ?? '')?.[1] ?? []);
  const input = new Map([...entries, ...PROCESSES].map((name) => [join(modules, `${name}.js`), name]));
  const build = await rolldown({
    input: Object.fromEntries([...input].map(([path, name]) => [name, path])),
    platform: 'node',
    external: [/^[^./]/],
  });
  rmSync(join(output, 'chunks'), { recursive: true, force: true });
  await build.write({
    dir: output,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    comments: { legal: true, annotation: false, jsdoc: false },
    codeSplitting: {
      // what is started by its path does its work as it is loaded: never in a chunk
      groups: GROUPS.map(({ test, ...group }) => ({
        ...group,
        test: (id) => !input.has(id) && test.test(relative(modules, id)),
      })),
    },
  });
  await build.close();
  await bundlePage(root);
  for (const command of Object.values(bin)) chmodSync(join(root, command), 0o755);
}

/**
 * What the dashboard gives to browsers, in dist/page/: one script, with uPlot in it, and the files that it needs.
 *
 * @param {string} root
 */
async function bundlePage(root) {
  const sources = join(root, 'src', 'dashboard', 'page');
  const output = join(root, 'dist', 'page');
  const build = await rolldown({ input: join(root, 'build', 'page', 'page.js'), platform: 'browser' });
  await build.write({ file: join(output, 'page.js'), format: 'esm', minify: true });
  await build.close();
  mkdirSync(output, { recursive: true });
  for (const name of ['index.html', 'login.html', 'page.css', 'icon.svg'])
    copyFileSync(join(sources, name), join(output, name));
  const uplot = join(root, 'node_modules', 'uplot');
  copyFileSync(join(uplot, 'dist', 'uPlot.min.css'), join(output, 'uplot.css'));
  copyFileSync(join(uplot, 'LICENSE'), join(output, 'uplot.LICENSE.txt'));
}
