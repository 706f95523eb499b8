import { open } from 'node:fs/promises';
import { dirname, resolve as resolvePath } from 'node:path';
import { TomlError, parse } from 'smol-toml';
import { BusError } from '../../platform/bus-error.js';
import type { Environment } from './environment.js';
import { locateKeys } from './locate.js';
import { describe, quote } from './problems.js';
import type { Draft } from './resolve.js';

/** A config file is a page or two of text; more than this is some other file. */
const LONGEST_FILE_BYTES = 1024 ** 2;
/** The file form needs five levels. */
const DEEPEST_NESTING = 16;

/** Reads a config file. What it says is not judged here, only that it is TOML. */
export async function readTomlFile(path: string): Promise<Draft> {
  const text = decode(await readBytes(path), path);
  return draftFromToml(text, path);
}

/** A configuration from TOML text; `path` is where the text came from. */
export function draftFromToml(text: string, path: string, environment: Environment = process.env): Draft {
  let value: unknown;
  try {
    value = parse(text, { maxDepth: DEEPEST_NESTING });
  } catch (error) {
    const place = error instanceof TomlError ? `${path}:${error.line}:${error.column}` : path;
    const line = error instanceof TomlError ? (text.split('\n')[error.line - 1] ?? '') : '';
    throw new BusError('ERR_CONFIG', `${place}: ${syntaxMessage(error, line)}`, { cause: error });
  }
  const folder = dirname(resolvePath(path));
  return { value, spelling: 'snake', source: path, folder, environment, locate: () => locateKeys(text) };
}

async function readBytes(path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(LONGEST_FILE_BYTES + 1);
  let length = 0;
  try {
    const file = await open(path, 'r');
    try {
      for (let read = -1; read !== 0 && length < bytes.length; length += read) {
        read = (await file.read(bytes, length, bytes.length - length)).bytesRead;
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  if (length > LONGEST_FILE_BYTES) {
    throw new BusError('ERR_CONFIG', `${quotePath(path)}: found more than 1MB, expected a config file`);
  }
  return bytes.subarray(0, length);
}

function unreadable(path: string, error: unknown): BusError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : describe(error);
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'this user may not read it',
    EISDIR: 'it is a folder',
  };
  const reason = reasons[code] ?? code;
  const hint = 'give the path of a TOML file, or the configuration as an object';
  return new BusError('ERR_CONFIG', `${quotePath(path)}: cannot read the config file: ${reason}; ${hint}`, {
    cause: error,
  });
}

/** A path as it is, unless it holds characters that would garble the message. */
function quotePath(path: string): string {
  return /^[\p{L}\p{N}\p{P}\p{S} ]+$/u.test(path) ? path : quote(path);
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new BusError('ERR_CONFIG', `${path}: found bytes that are no UTF-8, expected TOML text`, { cause: error });
  }
}

/** The parser's message, without the excerpt it appends; duplicates are said more plainly. */
function syntaxMessage(error: unknown, line: string): string {
  const message = error instanceof Error ? error.message : describe(error);
  const firstLine = message.split('\n', 1)[0] ?? '';
  const reason = firstLine.replace(/^Invalid TOML document: /, '');
  if (/redefine/.test(reason)) {
    const twice = 'this key or table is defined twice; expected each once';
    // A key cannot be a name and a table; what stands in the line is one or the other.
    const isPolicy = /\bconsumer\b/.test(line.replace(/#.*/, ''));
    return isPolicy ? `${twice}; beside policies of consumers write consumers = ["..."], also for one` : twice;
  }
  return `not valid TOML: ${reason}`;
}
