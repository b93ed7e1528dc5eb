// The audit of other libraries: what it found is found again, what it quotes stands where it says,
// and every verdict has its finding.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadAdapter } from '../../examples/audit/audit.ts';
import { AUDITED } from '../../examples/audit/configurations.ts';
import { FINDINGS, findingOf } from '../../examples/audit/findings/registry.ts';
import { auditMarkdown } from '../../examples/audit/markdown.ts';
import type { AuditReport } from '../../examples/audit/report.ts';
import { auditLibrary } from '../../examples/audit/run.ts';
import type { LibraryResult } from '../../examples/audit/run.ts';
import { MODULES, isInstalled } from '../../examples/audit/set-up.ts';
import { misquoted, versionOf } from '../../examples/audit/sources.ts';
import { numbersForWords } from '../../src/report/non-finite.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COMMITTED = JSON.parse(readFileSync(join(ROOT, 'results/audit.json'), 'utf8'), numbersForWords) as AuditReport;
const MISSING = isInstalled() ? '' : ' (skipped: the libraries are not installed, run npm run audit once)';

/**
 * By activation. What is imprecise counts as agreeing here: how many roundings a library's vector
 * instructions make, and so which entries are just beyond their bounds, depends on the machine.
 */
const verdictsOf = ({ rows, optimizers }: LibraryResult): string[] => [
  ...rows
    .flatMap(({ configuration, activations, loss, cases, verdict, result: { computes, diagnosis } }) =>
      activations.map((activation) =>
        [configuration, loss, activation, cases, verdict.replace('imprecise', 'agrees'), computes, ...diagnosis].join(),
      ),
    )
    .sort(),
  ...optimizers.map(({ id, verdict, diagnosis }) => [id, verdict, ...diagnosis].join()),
];

describe.skipIf(!isInstalled())(`with the libraries${MISSING}`, () => {
  for (const audited of AUDITED) {
    test(`the committed verdicts on ${audited.adapter} are found again`, { timeout: 300_000 }, async () => {
      const adapter = await loadAdapter(audited.adapter);
      const version = versionOf(MODULES, adapter.packageName);
      const committed = COMMITTED.libraries.find(({ packageName }) => packageName === adapter.packageName);
      expect(version).toBe(committed?.version);
      expect(verdictsOf(await auditLibrary(adapter, version, audited))).toEqual(verdictsOf(committed as LibraryResult));
    });
  }

  test('every quoted line stands where it is said to stand', () => {
    const wrong = FINDINGS.flatMap(({ packageName, source }) =>
      source.map((quoted) => ({ ...quoted, found: misquoted(MODULES, packageName, quoted) })),
    ).filter(({ found }) => found !== null);
    expect(wrong).toEqual([]);
  });

  test('a line that is quoted wrongly is noticed', () => {
    const [{ packageName, source }] = FINDINGS;
    expect(misquoted(MODULES, packageName, { ...source[0], line: source[0].line + 1 })).not.toBeNull();
    expect(misquoted(MODULES, packageName, { ...source[0], line: 10_000_000 })).toBe('');
  });

  test('what a library has not is said in one line', async () => {
    const brain = await loadAdapter('brain');
    const network = { inputs: 1, layers: [{ units: 1, activation: 'gelu' as const }], loss: 'mse' as const };
    const problem = { network, parameters: [{ weights: [[1]], bias: [0] }], inputs: [1], targets: [1] };
    expect(() => brain.candidate({})(problem as never)).toThrow('activation gelu is not offered by brain.js');
  });
});

const verdicts = COMMITTED.libraries.flatMap(({ packageName, rows, optimizers }) => [
  ...rows.map(({ configuration, verdict }) => ({ packageName, what: configuration, verdict: verdict })),
  ...optimizers.map(({ id, verdict }) => ({ packageName, what: id, verdict: verdict })),
]);

test('the logarithm of jax-js is found imprecise', () => {
  const jax = COMMITTED.libraries.find(({ name }) => name === 'jax-js');
  const imprecise = jax?.rows.filter(({ verdict }) => verdict === 'imprecise') ?? [];
  expect(imprecise.flatMap(({ activations }) => activations)).toContain('softplus');
});

test('every verdict that is not "agrees" has its finding, and every finding its verdict', () => {
  const unexplained = verdicts.filter(
    (v) => v.verdict !== 'agrees' && findingOf(v.packageName, v.what, v.verdict) === null,
  );
  expect(unexplained).toEqual([]);
  const claimed = FINDINGS.flatMap(({ packageName, of }) => of.map((what) => `${packageName} ${what}`));
  const made = new Set(verdicts.map(({ packageName, what, verdict }) => `${packageName} ${what}: ${verdict}`));
  expect(claimed.filter((claim) => !made.has(claim))).toEqual([]);
});

test('no verdict is unclear, and every wrong gradient has a place with its measured slope', () => {
  const rows = COMMITTED.libraries.flatMap((library) => library.rows);
  expect(rows.filter(({ verdict }) => verdict === 'unclear')).toEqual([]);
  const wrong = rows.filter(({ verdict }) => verdict === 'wrong gradient');
  expect(wrong.length).toBeGreaterThan(5);
  for (const { result } of wrong) {
    const { found, slope, slopeError } = result.first ?? { found: NaN, slope: null, slopeError: null };
    expect(Math.abs(found - (slope ?? NaN))).toBeGreaterThan(slopeError ?? NaN);
  }
});

test('findings are two sentences and quote at least one line', () => {
  for (const { sentences, source, title } of FINDINGS) {
    expect(sentences.split(/[.)] (?=[A-Z])/), title).toHaveLength(2);
    expect(source.length, title).toBeGreaterThan(0);
  }
});

test('audit.md is audit.json as Markdown, and the README of the audit has its first table and its findings', () => {
  const markdown = auditMarkdown(COMMITTED);
  expect(readFileSync(join(ROOT, 'results/audit.md'), 'utf8')).toBe(markdown);
  const readme = readFileSync(join(ROOT, 'examples/audit/README.md'), 'utf8');
  const behind = markdown.slice(markdown.indexOf('## Findings'), markdown.indexOf('Repeat:'));
  expect(readme).toContain(behind.trim());
  for (const { name, version, verdict } of COMMITTED.libraries) {
    expect(readme.replace(/ +/g, ' ')).toContain(`| ${name} | ${version} | ${verdict} |`);
  }
});
