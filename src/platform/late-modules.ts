import type * as crypto from 'node:crypto';
import type * as net from 'node:net';
import type * as zlib from 'node:zlib';

/*
 * Modules of Node.js that take milliseconds to load and that most processes need later, or never: each is loaded when it is
 * first used. So a service is there sooner.
 */

export function lateCrypto(): typeof crypto {
  return process.getBuiltinModule('node:crypto');
}

export function lateNet(): typeof net {
  return process.getBuiltinModule('node:net');
}

export function lateZlib(): typeof zlib {
  return process.getBuiltinModule('node:zlib');
}
