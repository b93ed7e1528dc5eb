// Unit tests stay quick: none of them can start a process.
import { exec, execFile, execFileSync, execSync, fork, spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import type * as ChildProcess from 'node:child_process';
import { expect, it } from 'vitest';

const required = createRequire(import.meta.url)('node:child_process') as typeof ChildProcess;

it.each<[string, () => unknown]>([
  ['spawn', () => spawn('true')],
  ['exec', () => exec('true')],
  ['execFile', () => execFile('true')],
  ['fork', () => fork('nothing.js')],
  ['spawnSync', () => spawnSync('true')],
  ['execSync', () => execSync('true')],
  ['execFileSync', () => execFileSync('true')],
  ['a required spawn', () => required.spawn('true')],
  ['a required spawnSync', () => required.spawnSync('true')],
])('%s is refused', (_name, start) => {
  expect(start).toThrow('a unit test must not start a process');
});
