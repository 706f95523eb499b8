import { ModelStorage } from '../explorer/model-storage.js';
import type { Actor, ModelThread, Outcome, Program } from '../explorer/program.js';

/** What a toy thread does in one operation, over the words of a ring; answers what it has seen. */
export type Deed = (ring: ModelStorage['ring']) => string;

/** A thread of one operation. */
class ToyActor implements Actor {
  observed = '';
  private readonly act: () => string;

  constructor(act: () => string) {
    this.act = act;
  }

  step(): Outcome {
    this.observed = this.act();
    return 'done';
  }
}

/** A thread that tries again and again until its deed answers something. */
class PatientActor extends ToyActor {
  override step(): Outcome {
    super.step();
    return this.observed === '' ? 'idle' : 'done';
  }
}

export interface ToySettings {
  /** By name, a capital letter. */
  readonly threads: Readonly<Record<string, Deed>>;
  /** Names of those that try until they succeed. */
  readonly patient?: string;
  readonly mortal?: string;
  readonly buffersStores?: boolean;
  /** What is wrong with an ending: what each thread has seen, whether it is done, and the first words of memory. */
  readonly judge: (end: { observed: Record<string, string>; statuses: string; words: number[] }) => string | undefined;
}

/** A tiny program over shared memory, to test the explorer with: what it must find is known. */
export function toyProgram({ threads, patient = '', mortal = '', buffersStores = false, judge }: ToySettings): Program {
  const storage = new ModelStorage({
    cells: 1,
    hasClaims: false,
    producers: 0,
    consumers: 0,
    attached: 0,
    isOpen: false,
    messageSizeMax: 8,
    origin: { position: 0, sequence: 0 },
    windows: 1,
    gates: true,
    buffersStores,
  });
  const names = Object.keys(threads);
  return {
    storage,
    prologue: '',
    threads: names.map((name): ModelThread => {
      const act = (): string => threads[name]!(storage.ring);
      const actor = patient.includes(name) ? new PatientActor(act) : new ToyActor(act);
      return { name, actor, mortal: mortal.includes(name) };
    }),
    judge(state) {
      return judge({
        observed: Object.fromEntries(names.map((name, i) => [name, state.threads[i]!.observed])),
        statuses: state.threads.map(({ status }) => status).join(' '),
        words: [0, 4, 8].map((offset) => storage.ringWordIn(state.memory.words, offset)),
      });
    },
  };
}
