export { JournalReader, type JournalDamage, type ReaderOptions } from './journal-reader.js';
export { verifyJournal, type VerifiedFile } from './verify.js';
export type { FileHeader, JournalIdentity } from './file-header.js';
export type { JournalStatus } from './journal-status.js';
export type { FsyncPolicy, JournalFailurePolicy, JournalSettings } from './settings.js';
