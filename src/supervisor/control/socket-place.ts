import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';

const NAME = '.supervisor.sock';
/** `sun_path` of `sockaddr_un` has 108 bytes, the last one 0; a longer path would be cut off without a word. */
const PATH_BYTES_MAX = 107;

/** Where the leader of a bus directory listens. */
export function socketPath(directory: string): string {
  return join(directory, NAME);
}

/** The same as an address, which cannot be as long as a path: one that is too long goes by way of the open directory. */
export class SocketAddress {
  readonly path: string;
  private readonly fd: number | undefined;

  /** @throws an error of the system when the directory is not there */
  constructor(directory: string) {
    const path = socketPath(directory);
    if (Buffer.byteLength(path) <= PATH_BYTES_MAX) this.path = path;
    else {
      this.fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
      this.path = `/proc/self/fd/${this.fd}/${NAME}`;
    }
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
  }
}
