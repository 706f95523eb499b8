import { describe, it } from 'node:test';
import { script, startProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

describe('views that somebody keeps after the close', () => {
  for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC']) {
    it(`read zeros and crash nothing, also when the garbage collector runs (${type})`, async (t) => {
      const keeper = startProcess(
        t,
        script(import.meta.url, './actors/view-keeper.js'),
        [temporaryDirectory(t), type],
        {
          nodeFlags: ['--expose-gc'],
        },
      );
      await keeper.succeeded();
      await keeper.line('lived');
    });
  }
});
