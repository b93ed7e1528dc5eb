// `npm run check:package [TARBALL]`: builds and packs the package (or takes a tarball), and checks it with publint (entries, files,
// fields of package.json) and arethetypeswrong (the types behind every entry, as a user's program sees them).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ROOT, build, pack } from './package/pack.ts';

const CHECKS: readonly (readonly [program: string, ...options: string[]])[] = [
  ['publint/src/cli.js', 'run', '--strict'],
  // ES modules alone: `require` of them is for Node 20.19 and later, which arethetypeswrong does not know, and "node10" does not know `exports`.
  ['@arethetypeswrong/cli/dist/index.js', '--profile', 'esm-only', '--no-emoji', '--format', 'ascii'],
];

/** @returns whether there are no problems */
function check(tarball: string): boolean {
  return CHECKS.map(([program, ...options]) => {
    const words = [join(ROOT, 'node_modules', program), ...options, tarball];
    return spawnSync(process.execPath, words, { stdio: 'inherit' }).status === 0;
  }).every((fine) => fine);
}

const folder = mkdtempSync(join(tmpdir(), 'backproof-'));
try {
  const [given] = process.argv.slice(2);
  if (given === undefined) build();
  process.exitCode = check(given === undefined ? pack(ROOT, folder) : resolve(given)) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
