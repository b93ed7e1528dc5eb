// Installs the other libraries into folders of their own if they are missing.
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineUnavailableError } from '../../src/errors.ts';

const PEERS = fileURLToPath(new URL('peers', import.meta.url));
const PYTHON = fileURLToPath(new URL('python', import.meta.url));
const VENV = join(PYTHON, '.venv');
export const VENV_PYTHON = join(VENV, 'bin', 'python');

type Say = (line: string) => void;

/** @throws EngineUnavailableError if it cannot be installed */
export async function setUpPeers(say: Say, signal: AbortSignal): Promise<void> {
  const modules = join(PEERS, 'node_modules');
  if (existsSync(modules)) return;
  say('installing the JavaScript libraries: npm ci in scripts/bench/peers');
  await orRemove(modules, () => run('npm', ['ci'], PEERS, signal));
}

/** @throws EngineUnavailableError if it cannot be installed */
export async function setUpPython(say: Say, signal: AbortSignal): Promise<void> {
  if (existsSync(VENV_PYTHON)) return;
  say('creating the virtual environment scripts/bench/python/.venv from requirements.txt (some gigabytes)');
  await orRemove(VENV, async () => {
    await run('python3', ['-m', 'venv', VENV], PYTHON, signal);
    await run(VENV_PYTHON, ['-m', 'pip', 'install', '--quiet', '-r', 'requirements.txt'], PYTHON, signal);
  });
}

/** Removes a partial installation, which would look complete next time. */
async function orRemove(folder: string, install: () => Promise<void>): Promise<void> {
  try {
    await install();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function run(program: string, args: readonly string[], cwd: string, signal: AbortSignal): Promise<void> {
  const what = `${program} ${args.slice(0, 3).join(' ')}`;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { cwd, signal, stdio: ['ignore', 2, 2] });
    child.on('error', (error) => reject(signal.aborted ? error : failure(what, error.message)));
    child.on('close', (code) => (code === 0 ? resolve() : reject(failure(what, `exit code ${code}`))));
  });
}

function failure(what: string, how: string): EngineUnavailableError {
  return new EngineUnavailableError(`${what} failed (${how})`, 'see its message above');
}
