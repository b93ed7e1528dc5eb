// `node --import tsx scripts/package/sources.ts FOLDER`: the bundle that run.mjs starts.
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './pack.ts';
import { bundleProgram, writeForBrowsers } from './program.ts';

/** Milliseconds that a bundle is kept after its last start: a run may load parts until its end. */
const KEPT = 7 * 24 * 60 * 60 * 1000;

const folder = process.argv[2];
const all = dirname(folder);
removeOld();
const made = mkdtempSync(join(all, 'making-'));
try {
  await make();
  chmodSync(made, 0o755); // others may read it
  renameSync(made, folder); // whole or not at all, for runs beside this one
} catch (error) {
  rmSync(made, { recursive: true, force: true });
  const wasThere = ['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '');
  if (!wasThere) throw error; // another run was faster
}

async function make(): Promise<void> {
  const dist = join(made, 'dist');
  mkdirSync(join(made, 'data'));
  for (const file of ['package.json', 'data/datasets.json']) copyFileSync(join(ROOT, file), join(made, file));
  await Promise.all([writeForBrowsers(dist), bundleProgram(dist, 'sources')]);
}

function removeOld(): void {
  for (const name of readdirSync(all)) {
    const { mtimeMs = Infinity } = statSync(join(all, name), { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > KEPT) rmSync(join(all, name), { recursive: true, force: true });
  }
}
