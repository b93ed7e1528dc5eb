// `node scripts/run.mjs COMMAND ...`: runs the program from its sources, as npm's scripts do. They
// are bundled once and kept until one of them changes: Node takes longer to translate and link some
// 300 files than a check of a small network runs. Plain JavaScript, as Node starts it at once.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const KEPT = join(ROOT, 'node_modules/.cache/backproof-sources');

/** What else decides on the bundle, or is copied beside it; the packages by what npm installed. */
const OTHERS = [
  'package.json',
  'data/datasets.json',
  'scripts/package/program.ts',
  'scripts/package/sources.ts',
  'node_modules/.package-lock.json',
];

const folder = join(KEPT, keyOfSources());
const bundle = join(folder, 'dist/cli/main.js');
const isBundled = isKept() || isMade();
if (isBundled) {
  process.setSourceMapsEnabled(true);
} else {
  const tsx = import.meta.resolve('tsx');
  process.execArgv.push('--import', tsx); // for the processes that the program starts
  await import(tsx);
}
await import(pathToFileURL(isBundled ? bundle : join(ROOT, 'src/cli/main.ts')).href);

/** Of names, times and sizes of all files: another one after every change. */
function keyOfSources() {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true }).map((file) => join('src', file));
  const hash = createHash('sha256').update(ROOT);
  for (const file of [...sources.sort(), ...OTHERS]) {
    const found = statSync(join(ROOT, file), { throwIfNoEntry: false });
    hash.update(`${file}\n${found?.mtimeMs} ${found?.size}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Notes that it is used, as well: what is not used for long is removed. */
function isKept() {
  if (!existsSync(bundle)) return false;
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // it is another user's
  }
  return true;
}

/** False where the folder cannot be written, or a source cannot be translated. */
function isMade() {
  try {
    mkdirSync(KEPT, { recursive: true });
    accessSync(KEPT, constants.W_OK);
  } catch {
    return false;
  }
  const words = ['--import', import.meta.resolve('tsx'), join(ROOT, 'scripts/package/sources.ts'), folder];
  return spawnSync(process.execPath, words, { stdio: 'ignore' }).status === 0;
}
