import { withDirectory } from '../run/directory.js';
import { Mortal, settled } from './mortal.js';
import type { Measured } from './measured.js';

/** Kills primaries while they write, each with a backup waiting: from the kill to the backup's first committed message. */
export function measureFailover(kills: number): Promise<Measured[]> {
  return withDirectory(async (directory) => {
    const took: number[] = [];
    const news: number[] = [];
    let primary = new Mortal('heir', [directory, 'primary']);
    await primary.told('firstNs');
    for (let kill = 0; kill < kills; kill++) {
      const backup = new Mortal('heir', [directory, 'backup']);
      await backup.told('waiting');
      await settled();
      const first = backup.told('firstNs');
      const { killedNs, died } = primary.kill();
      took.push((await first) - killedNs);
      news.push((await died) - killedNs);
      primary = backup;
    }
    await primary.kill().died;
    return [
      { what: "failover: the backup's first message", took },
      { what: 'failover: the news of the death in a third process', took: news },
    ];
  });
}
