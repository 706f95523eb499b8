import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { RingCode } from '../scenarios/ring-code.js';

export interface Edit {
  /** From the root of the package's code, without its ending: `ring/join`. */
  readonly file: string;
  /** Text of the compiled file, exactly once in it. */
  readonly find: string;
  readonly replace: string;
}

/** A folder for copies of the compiled package, each with other edits. Dispose of it when the copies are not used any more. */
export class MutatedCode implements Disposable {
  private readonly folder = mkdtempSync(join(tmpdir(), 'apbus-mutants-'));
  private copies = 0;

  /** Loads a copy of the ring code with the edits made. Throws when an edit does not fit the code (any more). */
  async load(edits: readonly Edit[]): Promise<RingCode> {
    const copy = join(this.folder, `${++this.copies}`);
    const dist = fileURLToPath(new URL('..', import.meta.resolve('#src/ring/codes.js')));
    for (const layer of ['channel', 'ring', 'layout', 'memory', 'platform']) {
      cpSync(join(dist, layer), join(copy, layer), {
        recursive: true,
        filter: (path) => !/\.(?:d\.ts|map)$/.test(path),
      });
    }
    writeFileSync(join(copy, 'package.json'), '{ "type": "module" }');
    for (const edit of edits) apply(join(copy, `${edit.file}.js`), edit);
    const load = async <Module>(file: string): Promise<Module> =>
      (await import(pathToFileURL(join(copy, file)).href)) as Module;
    return {
      ...(await load<Pick<RingCode, 'SingleProducerRing'>>('ring/single-producer.js')),
      ...(await load<Pick<RingCode, 'MultiProducerRing'>>('ring/multi-producer.js')),
      ...(await load<Pick<RingCode, 'InBandConsumer'>>('ring/in-band-consumer.js')),
      ...(await load<Pick<RingCode, 'ClaimWordConsumer'>>('ring/claim-word-consumer.js')),
      ...(await load<Pick<RingCode, 'RingHistory' | 'locateTail'>>('ring/join.js')),
      ...(await load<Pick<RingCode, 'openClaimOf'>>('ring/open-claim.js')),
      ...(await load<Pick<RingCode, 'repairClaim'>>('ring/repair.js')),
      ...(await load<Pick<RingCode, 'holdFor' | 'findStart'>>('channel/start-from.js')),
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function apply(path: string, { file, find, replace }: Edit): void {
  const text = readFileSync(path, 'utf8');
  const found = text.split(find).length - 1;
  if (found !== 1) throw new Error(`${file}.js has this text ${found} times, not once; adapt the edit: ${find}`);
  writeFileSync(
    path,
    text.replace(find, () => replace),
  );
}
