#!/usr/bin/env node
import { processOutput } from './process-output.js';
import { runCommand } from './program.js';

process.exitCode = await runCommand(process.argv.slice(2), processOutput());
