import { resolve as resolvePath } from 'node:path';
import type { FsyncPolicy, JournalSettings } from '../../journal/settings.js';
import { recordBytes } from '../../layout/record.js';
import { PERSISTENCE_KEYS } from './keys.js';
import { formatSize } from './sizes.js';
import { TableReader, type Found, type ReadContext } from './table-reader.js';
import { TableValues } from './table-values.js';

/** A file of the journal holds at least so many of the longest records. */
const RECORDS_IN_FILE = 2;

/** `[channels.NAME.persistence]`; undefined when the channel is not recorded. */
export function resolvePersistence(
  found: Found | undefined,
  channel: string,
  messageSizeMax: number,
  context: ReadContext,
): JournalSettings | undefined {
  if (found === undefined) return undefined;
  const table = TableReader.read(found, context, 'a table [channels.NAME.persistence]');
  if (table === undefined) return undefined;
  const values = new TableValues(table, PERSISTENCE_KEYS, context);
  const isEnabled = values.flag('enable_persistence');
  const replay = values.flag('enable_replay');
  const fsync = (values.choice('fsync') ?? 'interval') as FsyncPolicy;
  const rollBytes = values.size('segment_size') ?? Infinity;
  const retentionBytes = values.size('retention') ?? Infinity;
  const settings: JournalSettings = {
    directory: resolvePath(context.folder, values.text('persistence_path') ?? '.', channel),
    replay,
    replayWindowMs: values.spanMs('replay_window'),
    fsync,
    fsyncIntervalMs: values.whole('fsync_interval_ms'),
    rollBytes,
    rollMs: values.spanMs('segment_age'),
    retentionBytes,
    retentionMs: values.spanMs('retention_age'),
    retentionForce: values.flag('retention_force'),
    onFailure: values.choice('on_failure') === 'continue' ? 'continue' : 'stop',
  };
  if (!replay) values.refuseIdle(['replay_window'], 'without enable_replay it means nothing');
  if (fsync !== 'interval') values.refuseIdle(['fsync_interval_ms'], 'it belongs to fsync = "interval"');
  if (!values.has('retention') && !values.has('retention_age'))
    values.refuseIdle(['retention_force'], 'it belongs to retention and retention_age');
  checkSizes(table, settings, messageSizeMax, context);
  return isEnabled ? settings : undefined;
}

function checkSizes(
  table: TableReader,
  { rollBytes, retentionBytes }: JournalSettings,
  messageSizeMax: number,
  { problems }: ReadContext,
): void {
  const needed = RECORDS_IN_FILE * recordBytes(messageSizeMax);
  if (rollBytes < needed) {
    problems.add({
      path: table.find('segment_size')?.path ?? table.pathOf('segment_size'),
      found: formatSize(rollBytes),
      expected: `at least ${formatSize(needed)}, room for ${RECORDS_IN_FILE} of the longest messages`,
    });
  }
  if (rollBytes !== Infinity && retentionBytes < rollBytes) {
    problems.add({
      path: table.find('retention')?.path ?? table.pathOf('retention'),
      found: formatSize(retentionBytes),
      expected: `at least one file, ${formatSize(rollBytes)}`,
      hint: 'whole files are removed, and never the one that is being written; or make segment_size smaller',
    });
  }
}
