#!/usr/bin/env node
import { processOutput } from './process-output.js';
import { runCommand } from './program.js';

// `apbus ls | head`: whoever reads no further wants no more, and no stack trace
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCommand(process.argv.slice(2), processOutput());
