export { JournalReader, type JournalDamage, type ReaderOptions } from './journal-reader.js';
export type { FileHeader, JournalIdentity } from './file-header.js';
export type { FsyncPolicy, JournalFailurePolicy, JournalSettings } from './settings.js';
