/** Loads the addon and prints where from, or the error. */
import { loadNative, nativePath } from '#src/platform/load-native.js';

function load(): object {
  try {
    const native = loadNative();
    return { path: nativePath(), abi: native.abi, same: loadNative() === native };
  } catch (error) {
    const { name, code, message, cause } = error as Error & { code: string };
    return { name, code, message, hasCause: cause !== undefined };
  }
}

console.log(JSON.stringify(load()));
