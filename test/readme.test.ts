// The README's library example does what its comment says, and the files it points to are there.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

test('the library example prints what its comment says', () => {
  const [, example = ''] = README.match(/```ts\n([\s\S]*?)```/) ?? [];
  const [, promised = 'nothing'] = example.match(/console\.log\(.*\); \/\/ (\w+)/) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'backproof-'));
  try {
    const file = join(folder, 'example.mts');
    writeFileSync(file, example.replaceAll("'backproof'", `'${join(ROOT, 'src/index.ts')}'`));
    const tsx = createRequire(import.meta.url).resolve('tsx');
    expect(execFileSync(process.execPath, ['--import', tsx, file], { encoding: 'utf8' }).trim()).toBe(promised);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every file the README links to is there, and every npm script it names', () => {
  const links = [...README.matchAll(/\]\((?!http)([^)#]+)\)/g)].map(([, path]) => path);
  expect(links.length).toBeGreaterThan(3);
  expect(links.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = [...README.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, name]) => name);
  expect([...new Set(named)].filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});
