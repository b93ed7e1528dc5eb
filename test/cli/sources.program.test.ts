// The program run from its sources, as `npm run` starts it: it gives the same numbers as the built
// program, in every kind of process that it starts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareDocument, gradcheckDocument, untimed } from './documents.ts';
import { FILLED_IN } from './filled-in.ts';
import {
  COMPARED,
  CPU,
  backproof,
  filesIn,
  fromSources,
  inTurn,
  newFolder,
  startWords,
  withoutProgress,
} from './program.ts';
import type { Outcome } from './program.ts';

const LIMIT = 240_000; // milliseconds; an idle machine needs some seconds

const source = (args: readonly string[], cwd?: string): Promise<Outcome> =>
  inTurn(() => startWords(fromSources(args), { limit: LIMIT, ...(cwd !== undefined && { cwd }) }).outcome);

describe.concurrent('from the sources', { timeout: LIMIT }, () => {
  it('compare prints and writes the same as the built program, and its repeat command uses npm', async () => {
    const [out, other] = [newFolder(), newFolder()];
    const run = await source(['compare', ...CPU, '--json', '--out', out], newFolder()); // from any folder
    const built = await backproof(['compare', ...CPU, '--json', '--out', other]);
    const { command, ...rest } = untimed(run.stdout) as { command: string };
    expect(command).toBe(`npm run compare -- ${CPU.join(' ')} --seed 1`);
    expect(compareDocument(built.stdout).command).toBe(`npx backproof compare ${CPU.join(' ')} --seed 1`);
    expect({ ...rest, command: null }).toEqual({ ...(untimed(built.stdout) as object), command: null });
    expect([run.code, filesIn(out)]).toEqual([0, COMPARED]); // the pages are bundled in this run
  });

  it.each([
    ['mjs', FILLED_IN],
    ['ts', `const kind: string = 'typed';\nvoid kind;\n${FILLED_IN}`],
  ])('a candidate (.%s) runs in a process of its own', async (extension, text) => {
    const file = join(newFolder(), `own.${extension}`);
    writeFileSync(file, extension === 'ts' ? `// @ts-nocheck\n${text}` : text);
    const xor = ['--dataset', 'xor', '--hidden', '4', '--batch-size', '3', '--reference', 'vector'];
    const run = await source(['gradcheck', ...xor, '--candidate', file, '--json', '--out', newFolder()]);
    expect(withoutProgress(run.stderr)).toMatch(/^Reports: [^\n]+\n$/);
    expect(gradcheckDocument(run.stdout)).toMatchObject({ verdict: { kind: 'agree' }, candidate: { dtype: 'f64' } });
    expect(run.code).toBe(0);
  });

  it('fuzz works with its worker processes', async () => {
    const words = ['fuzz', '--engine', 'vector', '--runs', '4', '--workers', '2', '--json'];
    const run = await source([...words, '--out', newFolder()]);
    expect(JSON.parse(run.stdout)).toMatchObject({ kind: 'fuzz', verdict: { kind: 'agree' } });
    expect(withoutProgress(run.stderr)).toMatch(/^Reports: [^\n]+\n$/);
    expect(run.code).toBe(0);
  });
});
