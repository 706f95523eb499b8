import { hasClaims } from '../layout/geometry.js';
import { BusError } from '../platform/bus-error.js';
import type { ResolvedChannel } from './config/index.js';
import type { ProducerOptions } from './options.js';

/** The role that was asked for; throws for what is none, and for a backup where all producers are active. */
export function checkRole(channel: ResolvedChannel, { role = 'primary' }: ProducerOptions): 'primary' | 'backup' {
  if (role === 'primary' || (role === 'backup' && !hasClaims(channel.type))) return role;
  if (role !== 'backup')
    throw invalidRole(channel.name, `a role is "primary" or "backup", not ${JSON.stringify(role)}`);
  throw invalidRole(
    channel.name,
    `all producers of an ${channel.type} channel are active, so there are no backups: leave the role out`,
  );
}

export function invalidRole(channel: string, what: string): BusError {
  return new BusError('ERR_INVALID_ARGUMENT', `channel ${channel}: ${what}`, { channel });
}

/** A consumer's name must come out of its slot as it went in, or it would not be found again. */
export function checkName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes >= 1 && bytes <= 63 && !name.includes('\0') && Buffer.from(name).toString() === name) return;
  throw new BusError(
    'ERR_INVALID_ARGUMENT',
    `a consumer name has 1 to 63 bytes of UTF-8 without a zero; ${JSON.stringify(name)} has ${bytes}`,
  );
}
