#!/usr/bin/env node
import { runCommand } from './program.js';

// `apbus ls | head`: whoever reads no further wants no more, and no stack trace
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCommand(process.argv.slice(2), {
  data: (text) => process.stdout.write(text),
  bytes: (bytes) => process.stdout.write(bytes),
  message: (text) => process.stderr.write(text),
  color: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
});
