// backproof init --function and --layer: the file that is written is found right by the command
// that the last line names, and wrong with a mistake in it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { checkTemplate } from '../../src/cli/template/check.ts';
import { replacedOnce } from './filled-in.ts';
import { backproof, complaint, filesIn, newFolder } from './program.ts';

const MISTAKES = {
  function: [
    'g.bias += dz;',
    'g.bias += dz * inputs.length;',
    'wrong in bias: it is 4 times the right one (number of examples)',
  ],
  layer: ['d * (1 - a[n]', 'd * (1 + a[n]', 'wrong in inputs, parameters.W and parameters.b'],
} as const;

/** The command that the last line names, without the program. */
function commandIn(stdout: string): string[] {
  const [, words = ''] = /^ {2}npx backproof (.*)\n$/m.exec(stdout.slice(stdout.trimEnd().lastIndexOf('\n') + 1)) ?? [];
  return words.split(' ');
}

describe.each(['function', 'layer'] as const)('--%s', (subject) => {
  test.each([
    [[], `my-${subject}.ts`],
    [['own.js'], 'own.js'],
    [['new/place', '--language', 'javascript'], `new/place/my-${subject}.mjs`],
  ])('%j writes %s, which agrees; with a mistake it does not', async (words, path) => {
    const cwd = newFolder();
    writeFileSync(join(cwd, 'package.json'), '{ "type": "commonjs" }'); // as npm init writes it
    const run = await backproof(['init', `--${subject}`, ...words], { cwd });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const command = commandIn(run.stdout);
    expect(command).toEqual(['check', path]);
    const right = await backproof(command, { cwd });
    expect(right.stdout).toMatch(/^AGREE: /m);
    expect(right.code).toBe(0);
    const [before, after, said] = MISTAKES[subject];
    const file = join(cwd, path);
    writeFileSync(file, replacedOnce(readFileSync(file, 'utf8').replaceAll('!', ''), before, after));
    const wrong = await backproof(command, { cwd });
    expect(wrong.stdout).toContain(said);
    expect(wrong.code).toBe(1);
  });

  test('has no error in strict TypeScript, and no line over 100 columns', () => {
    const name = `/my-${subject}.ts`;
    const text = checkTemplate(subject, 'typescript', name);
    const options: ts.CompilerOptions = {
      ...{ strict: true, noUncheckedIndexedAccess: true, noEmit: true, types: [], target: ts.ScriptTarget.ES2022 },
      ...{ lib: ['lib.es2022.d.ts'], noUnusedLocals: true, noUnusedParameters: true },
    };
    const errorsIn = (source: string): string[] => {
      const host = ts.createCompilerHost(options);
      const read = host.getSourceFile.bind(host);
      host.getSourceFile = (file, ...rest) =>
        file === name ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022) : read(file, ...rest);
      const all = ts.getPreEmitDiagnostics(ts.createProgram([name], options, host));
      return all.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
    };
    expect(errorsIn(text)).toEqual([]);
    expect(errorsIn(`${text}\nexport const wrong: string = 1;`)).toHaveLength(1);
    for (const language of ['typescript', 'javascript'] as const) {
      const written = checkTemplate(subject, language, name);
      expect(written).not.toMatch(/[‹›]/);
      expect(written.split('\n').filter((line) => line.length > 100)).toEqual([]);
    }
  });
});

test('nothing is written over', async () => {
  const cwd = newFolder();
  writeFileSync(join(cwd, 'my-layer.ts'), 'mine');
  const run = await backproof(['init', '--layer'], { cwd });
  expect(complaint(run)).toBe('my-layer.ts is there already; nothing was written; name another place');
  expect(run.code).toBe(2);
  expect(readFileSync(join(cwd, 'my-layer.ts'), 'utf8')).toBe('mine');
});

test.each([
  [['--function', '--layer'], '--function and --layer: give one of them'],
  [['--layer', 'my.ts', '--language', 'javascript'], '--language javascript: my.ts is a file in typescript'],
  [['--layer', '--style', 'class'], '--style is for a network'],
  [['my.ts'], 'my.ts: expected a folder'],
])('init %j is refused', async (words, said) => {
  const cwd = newFolder();
  mkdirSync(join(cwd, 'folder'));
  const run = await backproof(['init', ...words], { cwd });
  expect(complaint(run)).toContain(said);
  expect(run.code).toBe(2);
  expect(filesIn(cwd)).toEqual([]);
});

test('--json lists the file', async () => {
  const run = await backproof(['init', '--layer', '--json'], { cwd: newFolder() });
  expect(JSON.parse(run.stdout)).toEqual({ schemaVersion: 1, kind: 'init', files: ['my-layer.ts'] });
});
