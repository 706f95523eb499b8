import { Digest } from './hash.js';

/**
 * What the objects of a model thread hold between two of its operations. Ring code keeps all of its state in plain
 * fields, so that can be read from outside, put back, and compared.
 */
export interface Checkpoint {
  readonly objects: readonly Record<string, unknown>[];
  readonly values: readonly (readonly unknown[])[];
  readonly keys: readonly (readonly string[])[];
  readonly a: number;
  readonly b: number;
}

/**
 * Reads everything that can be reached from `root`, but for what is in `fixed` or frozen: that never changes.
 * Objects that only one operation uses are made anew by it, and so need not be put back.
 */
export function takeCheckpoint(root: object, fixed: ReadonlyMap<unknown, number>): Checkpoint {
  const objects: Record<string, unknown>[] = [];
  const values: unknown[][] = [];
  const keys: string[][] = [];
  const digest = new Digest();
  const found = new Map<object, number>();
  const visit = (object: object): number => {
    const known = fixed.get(object) ?? found.get(object);
    if (known !== undefined) return known;
    const number = -1 - found.size;
    found.set(object, number);
    const fields = object as Record<string, unknown>;
    const names = Object.keys(fields);
    const own = names.map((name) => fields[name]);
    objects.push(fields);
    keys.push(names);
    values.push(own);
    digest.int(names.length);
    for (const value of own) digestValue(digest, value, visit);
    return number;
  };
  visit(root);
  return { objects, values, keys, a: digest.a, b: digest.b };
}

export function restoreCheckpoint({ objects, keys, values }: Checkpoint): void {
  for (let i = 0; i < objects.length; i++) {
    const object = objects[i]!;
    const names = keys[i]!;
    const own = values[i]!;
    for (let j = 0; j < names.length; j++) object[names[j]!] = own[j];
  }
}

function digestValue(digest: Digest, value: unknown, visit: (object: object) => number): void {
  switch (typeof value) {
    case 'number':
      digest.number(value);
      return;
    case 'string':
      digest.text(value);
      return;
    case 'boolean':
      digest.int(value ? 1 : 2);
      return;
    case 'undefined':
    case 'function':
      // A function is a part of the program; programs do not change.
      digest.int(3);
      return;
    case 'object':
      digest.int(value === null ? 4 : Object.isFrozen(value) ? 5 : visit(value));
      return;
    default:
      throw new TypeError(`a model thread holds a ${typeof value}, which cannot be compared`);
  }
}
