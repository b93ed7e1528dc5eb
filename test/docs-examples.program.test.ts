// Every example of README.md and docs/*.md: code runs, type-checks and prints what its comments
// say; command lines parse. New examples are found automatically. One that cannot be run says why
// in a comment above it, <!-- example: skip because ... -->, and is counted as skipped.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT, readManifest } from '../scripts/package/pack.ts';
import { complaintAbout } from './command-lines.ts';
import { allBlocks, blocksOf, broken, commandsOf, promises } from './examples.ts';
import type { Block } from './examples.ts';
import { ownFolder } from './installed.ts';
import { typeErrors } from './types.ts';

const TSX = createRequire(import.meta.url).resolve('tsx');
const blocks = allBlocks();
const code = blocks.filter(({ language }) => ['ts', 'js', 'mts', 'mjs', 'typescript', 'javascript'].includes(language));
const { exports } = readManifest(ROOT);
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const titleOf = ({ document, line, skipped }: Block): string =>
  `${document}:${line}${skipped === null ? '' : ` (skipped: ${skipped})`}`;

/**
 * A document's examples share a folder, so that one may import another: a first line `// name.ts`
 * is the name of its file.
 */
const folders = new Map<string, string>();
function fileOf({ document, line, language, text }: Block): string {
  const name =
    /^\/\/ ([\w-]+\.m?[jt]s)\n/.exec(text)?.[1] ??
    `line-${line}.${/^m?[jt]s$/.test(language) ? language : language.slice(0, 1) + 's'}`;
  return join(folders.get(document) ?? '', name);
}

/** The code with the package's entries replaced by their sources. */
function fromSources(text: string): string {
  return text.replace(/(['"])backproof(\/[\w-]+)?\1/g, (whole, _quote, path: string | undefined) => {
    if (!Object.hasOwn(exports, `.${path ?? ''}`)) throw new Error(`${whole} is no entry of the package`);
    return `'${join(ROOT, 'src', `${path?.slice(1) ?? 'index'}.ts`)}'`;
  });
}

beforeAll(() => {
  for (const block of code) {
    if (!folders.has(block.document)) {
      const folder = join(ownFolder(), 'examples');
      mkdirSync(folder);
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      folders.set(block.document, folder);
    }
    if (block.skipped === null) writeFileSync(fileOf(block), fromSources(block.text));
  }
});

describe('code', () => {
  it('is found', () => {
    expect(code.length).toBeGreaterThan(1);
  });

  for (const block of code) {
    it.skipIf(block.skipped !== null)(titleOf(block), () => {
      const options = { cwd: folders.get(block.document), encoding: 'utf8', timeout: 50_000 } as const;
      const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', TSX, fileOf(block)], options);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect({ stdout, broken: broken(promises(block.text), stdout) }).toEqual({ stdout, broken: [] });
    });
  }

  it('has the types that it claims', () => {
    const files = code.filter(({ skipped, language }) => skipped === null && language.includes('t')).map(fileOf);
    const wrong = `${fileOf(code[0])}.wrong.mts`;
    writeFileSync(wrong, fromSources("import { oneHot } from 'backproof';\noneHot(['one'], 2);\n"));
    expect(typeErrors([...files, wrong])).toEqual([
      expect.stringContaining("'string' is not assignable to type 'number'"),
    ]);
  });
});

describe('command lines', () => {
  const lines = blocks.filter(({ language }) => ['sh', 'bash', 'shell'].includes(language));
  it('are found', () => {
    expect(lines.flatMap(({ text }) => commandsOf(text)).length).toBeGreaterThan(10);
  });
  for (const block of lines) {
    it.skipIf(block.skipped !== null).each(commandsOf(block.text).map((words) => [words.join(' '), words] as const))(
      `${titleOf(block)}: %s`,
      async (_line, words) => {
        expect(await complaintAbout(words, scripts)).toBeNull();
      },
    );
  }
});

describe('what is wrong is found', () => {
  it('in what is printed', () => {
    const text = 'console.log(\n  1,\n); // one\nif (true) console.log(2); // two ...\nconsole.log(3);\n';
    expect(promises(text)).toEqual(['one', 'two ...']);
    expect(broken(['one', 'two ...'], 'one\ntwo and more\n')).toEqual([]);
    expect(broken(['one', 'two ...'], 'two and more\none\n')).toEqual(['two ...']);
    expect(broken(['one'], 'one more\n')).toEqual(['one']);
  });

  it.each([
    [['npm', 'run', 'compair'], /^there is no script compair$/],
    [['npm', 'run', 'compare', '--seed', '1'], /^npm keeps --seed to itself/],
    [['npm', 'run', 'compare', '--', '--sed', '1'], /unknown option --sed; did you mean --seed\?/],
    [['npm', 'run', 'compare', '--', '--seed', 'one'], /^backproof: --seed: expected a whole number, got "one"$/],
    [['npx', 'backproof', 'gradchek'], /unknown command "gradchek"/],
    [['npm', 'run', 'bench', '--', '--quik'], /quik/],
    [['npm', 'run', 'docs', '--', '--quick'], /^it is not known what docs takes/],
  ])('in %j', async (words, found) => {
    expect(await complaintAbout(words, scripts)).toMatch(found);
  });

  it('in a block', () => {
    const [block] = blocksOf('text\n\n<!-- example: skip because it never ends -->\n\n```ts\nfor (;;);\n```\n', 'x.md');
    expect(block).toMatchObject({ line: 5, language: 'ts', text: 'for (;;);\n', skipped: 'it never ends' });
    expect(() => blocksOf('<!-- example: skip -->\n```ts\n```\n', 'x.md')).toThrow(/skip because of what/);
    expect(() => blocksOf('```ts\nfor (;;);\n', 'x.md')).toThrow(/has no end/);
    expect(commandsOf('A=1 npm run x -- --y "a b" # c\n$ npm ci && npm test\n')).toEqual([
      ['npm', 'run', 'x', '--', '--y', 'a b'],
      ['npm', 'ci'],
      ['npm', 'test'],
    ]);
  });
});
