#!/usr/bin/env node
import { processOutput } from './process-output.js';
import { runCommand } from './program.js';
import { dieOfHangUp } from './signals.js';

// `apbus ls | head`, and a terminal that hung up: whoever reads no further wants no more, and no stack trace
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EIO' && process.stdout.isTTY) return dieOfHangUp();
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCommand(process.argv.slice(2), processOutput());
