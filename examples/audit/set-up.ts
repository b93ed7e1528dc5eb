// Installs the libraries into examples/audit/node_modules if they are missing or differ from the
// lockfile.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineUnavailableError } from '../../src/errors.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
export const MODULES = join(HERE, 'node_modules');

/** Whether the installed versions are those of the lockfile. */
export function isInstalled(): boolean {
  const installed = join(MODULES, '.package-lock.json'); // npm writes it last
  if (!existsSync(installed)) return false;
  const [asked, there] = [versionsIn(join(HERE, 'package-lock.json')), versionsIn(installed)];
  return [...asked].every(([folder, version]) => there.get(folder) === version);
}

/** @throws EngineUnavailableError if it cannot be installed */
export async function setUp(say: (line: string) => void, signal: AbortSignal): Promise<void> {
  if (isInstalled()) return;
  say('installing the libraries: npm ci in examples/audit');
  try {
    await npmCi(signal);
  } catch (error) {
    rmSync(MODULES, { recursive: true, force: true }); // half an installation would pass for a whole one
    throw error;
  }
}

function versionsIn(lockfile: string): Map<string, string | undefined> {
  const { packages } = JSON.parse(readFileSync(lockfile, 'utf8')) as { packages: Record<string, { version?: string }> };
  return new Map(
    Object.entries(packages)
      .filter(([folder]) => folder !== '')
      .map(([folder, { version }]) => [folder, version]),
  );
}

function npmCi(signal: AbortSignal): Promise<void> {
  const failure = (how: string): EngineUnavailableError =>
    new EngineUnavailableError(`npm ci in examples/audit failed (${how})`, 'see its message above');
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['ci'], { cwd: HERE, signal, stdio: ['ignore', 2, 2] });
    child.on('error', (error) => reject(signal.aborted ? error : failure(error.message)));
    child.on('close', (code) => (code === 0 ? resolve() : reject(failure(`exit code ${code}`))));
  });
}
