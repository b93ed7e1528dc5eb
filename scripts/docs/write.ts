// `npm run docs:transcripts`: runs every command that a document shows the output of, and writes these blocks and the tables of pieces
// anew. A document whose block cannot be made is reported, and the others are written. Blocks that a test compares are written by that
// test, which is run with WRITE_TRANSCRIPTS=1.
//
// With a word (npm run docs:transcripts -- faults) only the commands that contain it are run, and no test.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../package/pack.ts';
import { quickBuild } from '../package/quick-build.ts';
import { documents, textOf } from './documents.ts';
import { formatted, withMadeParts } from './pieces.ts';
import { commands, outputOf, removeFolder, workFolder } from './run.ts';
import { comparedElsewhere, rewritten } from './transcripts.ts';

const word = process.argv[2] ?? '';
const [built, folder] = [await quickBuild(), workFolder()];
try {
  const outputs = await runAll();
  for (const document of documents()) await write(document, outputs);
  if (word === '') writeElsewhere();
} finally {
  removeFolder(folder);
  rmSync(built, { recursive: true, force: true });
}

async function runAll(): Promise<Map<string, string>> {
  const outputs = new Map<string, string>();
  for (const command of commands().filter((one) => one.includes(word))) {
    const began = performance.now();
    outputs.set(command, await outputOf(command, folder, built));
    console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${command}`);
  }
  return outputs;
}

async function write(document: string, outputs: ReadonlyMap<string, string>): Promise<void> {
  const before = textOf(document);
  try {
    const made = withMadeParts(rewritten(before, document, outputs));
    if (made === before) return;
    const after = await formatted(made); // tables are aligned
    if (after === before) return;
    writeFileSync(join(ROOT, document), after);
    console.log(`written: ${document}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

function writeElsewhere(): void {
  const tests = new Set(documents().flatMap((document) => comparedElsewhere(textOf(document))));
  if (tests.size === 0) return;
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const env = { ...process.env, WRITE_TRANSCRIPTS: '1' };
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...tests], { cwd: ROOT, env, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
