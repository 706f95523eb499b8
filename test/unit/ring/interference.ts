import type { AtomicBuffer } from '#src/memory/atomic-buffer.js';
import type { RingStorage } from '#src/ring/storage.js';

/** The same memory, with some loads and stores of the control region made otherwise. */
export function withControl(storage: RingStorage, methods: Partial<AtomicBuffer>): RingStorage {
  const control = Object.create(storage.control, Object.getOwnPropertyDescriptors(methods)) as AtomicBuffer;
  const { channel, capacity, messageSizeMax, claims, windows, windowBytes, scratch } = storage;
  const recordCopy = storage.recordCopy.bind(storage);
  return { channel, capacity, messageSizeMax, control, claims, windows, windowBytes, scratch, recordCopy };
}
