import { Terminal } from '#src/cli/top/terminal/terminal.js';
import { processOutput } from '#src/cli/process-output.js';

/** A screen whose program has a bug: a key makes it throw where nobody catches. */
const terminal = new Terminal(processOutput(), {
  key: (key) => {
    throw new Error(`the key ${key} is not expected`);
  },
  changed: () => undefined,
  gone: () => undefined,
});
terminal.open();
terminal.show(['a screen']);
