// The README: short, with the two commands that a fresh machine needs, and naming only scripts that
// exist. (Its links: links.test.ts. Its examples: docs-examples.program.test.ts. Its transcript:
// docs-transcripts.program.test.ts.)
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { OPTIMIZERS } from '../src/ops/optimizers/optimizer.ts';
import { ELEMENTWISE_ACTIVATIONS } from '../src/ops/registry.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Readonly<{
  scripts: Record<string, string>;
  homepage: string;
  bugs: string;
  repository: { url: string };
}>;

test('it can be read in three minutes', () => {
  expect(Buffer.byteLength(README)).toBeLessThanOrEqual(6000);
});

test('it has the two commands of a fresh machine', () => {
  const lines = README.split('\n').map((line) => line.replace(/ #.*/, ''));
  expect(lines).toContain('npm ci && npm run compare');
  expect(lines).toContain('npm test');
});

test('every npm script it names exists', () => {
  const named = [...README.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(2);
  expect([...new Set(named)].filter((name) => !Object.hasOwn(MANIFEST.scripts, name))).toEqual([]);
});

/** As far as documents count in words. */
const WORDS: Readonly<Record<number, string>> = {
  6: 'six',
  7: 'seven',
  8: 'eight',
  9: 'nine',
  10: 'ten',
  11: 'eleven',
};

test('what it counts is as many', () => {
  expect(README).toContain(`${WORDS[ELEMENTWISE_ACTIVATIONS.length]} activations`);
  expect(README).toContain(`${WORDS[OPTIMIZERS.length]} optimizers`);
});

test('so are the cases that docs/ counts', () => {
  const cases = readdirSync(join(ROOT, 'data/cases')).filter((name) => /^(torch|jax)-.*\.json$/.test(name)).length;
  for (const page of ['docs/cases.md', 'docs/checking-the-checker.md'])
    expect(readFileSync(join(ROOT, page), 'utf8')).toContain(`${cases} cases`);
});

test('package.json names one owner, in three places that one edit fills in', () => {
  const { repository, homepage, bugs } = MANIFEST;
  const [, owner] = /^git\+https:\/\/github\.com\/([\w-]+)\/backproof\.git$/.exec(repository.url) ?? [];
  expect(owner).toBeTruthy();
  expect([homepage, bugs]).toEqual([
    `https://github.com/${owner}/backproof#readme`,
    `https://github.com/${owner}/backproof/issues`,
  ]);
});
