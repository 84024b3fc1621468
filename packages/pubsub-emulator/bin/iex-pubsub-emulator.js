#!/usr/bin/env node
import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const COMMAND = new URL('../dist/command.js', import.meta.url);
const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

// After npm install of a fresh checkout nothing is built. The output is for the emulator alone.
if (!existsSync(COMMAND)) {
  execSync('npm run --silent preemulator', { cwd: PROJECT, stdio: ['ignore', 2, 2] });
}
await import(COMMAND.href);
