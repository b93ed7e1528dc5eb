// The output and files of a run: every field that other programs rely on, and the same facts in
// every format.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { create } from 'xmlbuilder2';
import type { CompareDocument } from './documents.ts';
import { compareDocument } from './documents.ts';
import type { Outcome } from './program.ts';
import { COMPARED, SMALL, backproof, filesIn, newFolder, withoutProgress } from './program.ts';

const NAMES = ['W1', 'b1', 'W2', 'b2'];
let [out, wrongOut] = ['', ''];
let [run, wrong] = [{} as Outcome, {} as Outcome];
let report: CompareDocument;

beforeAll(async () => {
  [out, wrongOut] = [newFolder(), newFolder()];
  const compare = ['compare', ...SMALL, '--backend', 'wasm'];
  [run, wrong] = await Promise.all([
    backproof([...compare, '--json', '--out', out]),
    backproof([...compare, '--fault', 'bias-not-summed@2', '--out', wrongOut]),
  ]);
  report = compareDocument(run.stdout);
});

describe('the JSON of compare', () => {
  it('is the only thing on stdout, and the same as in compare.json', () => {
    expect(readFileSync(join(out, 'compare.json'), 'utf8')).toBe(run.stdout);
    const written = ['compare.json', 'compare.md', 'compare.junit.xml', 'report.html'].map((name) => join(out, name));
    expect(withoutProgress(run.stderr)).toBe(`Reports: ${written.join(', ')}\n`);
    expect(filesIn(out)).toEqual(COMPARED);
  });

  it('says who was compared, on what machine, and how to repeat it', () => {
    expect(report.candidate).toMatchObject({ engine: 'vector', dtype: 'f32', backend: null });
    expect(report.reference).toMatchObject({
      engine: 'tfjs',
      dtype: 'f32',
      backend: 'wasm',
      versions: { tfjs: '4.22.0' },
    });
    expect(report.environment.node).toBe(process.versions.node);
    expect(report.command).toBe(`npx backproof compare ${SMALL.join(' ')} --backend wasm --seed 1`);
    expect(report.timing.samplesPerSecond?.candidate).toBeGreaterThan(0);
  });

  it('has a verdict for each check, and for each parameter its worst entry', () => {
    const { gradientCheck, lockstep, freeRun } = report;
    expect([gradientCheck.verdict.kind, lockstep.verdict.kind, freeRun.verdict.kind]).toEqual([
      'agree',
      'agree',
      'agree',
    ]);
    for (const measures of [gradientCheck.parameters, lockstep.gradients, lockstep.updates, lockstep.trainSteps]) {
      expect(measures.map((m) => m.parameter)).toEqual(NAMES);
      for (const { shape, index, usedOfBound, candidate, reference, oracle, left } of measures) {
        expect(index).toHaveLength(shape.length);
        index.forEach((at, d) => expect(at).toBeLessThan(shape[d] ?? 0));
        expect(usedOfBound).toBeLessThanOrEqual(1);
        expect(left).toBeNull();
        for (const value of [candidate, reference, oracle]) expect(value).toEqual(expect.any(Number));
      }
    }
    expect(gradientCheck.entries).toBe(2 * 16 + 16 + 16 * 2 + 2);
  });

  it('has the losses of every step and accuracies as fractions', () => {
    const { loss, accuracy, labelledDifferently, testSize } = report.freeRun;
    expect([loss.candidate.length, loss.reference.length]).toEqual([10, 10]);
    expect(testSize).toBe(100);
    for (const share of [accuracy.candidate, accuracy.reference]) {
      expect(share).toBeGreaterThan(0.5);
      expect(share).toBeLessThanOrEqual(1);
      expect(((share ?? NaN) * testSize) % 1).toBeCloseTo(0, 9);
    }
    expect(labelledDifferently).toBeGreaterThanOrEqual(0);
  });
});

/** What is used of the document object model. */
interface XmlElement {
  readonly parentNode: XmlElement;
  getAttribute(name: string): string | null;
  getElementsByTagName(name: string): Iterable<XmlElement>;
}

function below(node: XmlElement | undefined, tag: string): XmlElement[] {
  return node === undefined ? [] : Array.from(node.getElementsByTagName(tag));
}

/** The suites of a JUnit file; every count in it is that of the nodes it counts. */
function suites(folder: string): XmlElement[] {
  const root = create(readFileSync(join(folder, 'compare.junit.xml'), 'utf8')).root().node as unknown as XmlElement;
  const counted = { tests: 'testcase', failures: 'failure', skipped: 'skipped', errors: 'error' };
  const all = below(root, 'testsuite');
  for (const node of [root, ...all]) {
    for (const [count, tag] of Object.entries(counted))
      expect(node.getAttribute(count)).toBe(String(below(node, tag).length));
  }
  return all;
}

describe('JUnit', () => {
  it('has one suite per check, without failures where the verdict agrees', () => {
    const all = suites(out);
    expect(all.map((suite) => suite.getAttribute('name'))).toEqual(['gradient check', 'lockstep', 'free run']);
    expect(all.map((suite) => suite.getAttribute('failures'))).toEqual(['0', '0', '0']);
  });

  it('fails the tensor that is wrong where the verdict disagrees', () => {
    expect(wrong.code).toBe(1);
    const [gradients] = suites(wrongOut);
    const failed = below(gradients, 'failure');
    expect(failed.map((node) => node.parentNode.getAttribute('name'))).toEqual(['b2']);
    expect(failed[0]?.getAttribute('message')).toMatch(/^the gradient of b2\[\d\]: vector f32/);
  });
});

describe('Markdown', () => {
  it('has tables whose rows all have as many cells as their head', () => {
    for (const folder of [out, wrongOut]) {
      const lines = readFileSync(join(folder, 'compare.md'), 'utf8').split('\n');
      const cells = (line: string): number => line.replaceAll('\\|', '').split('|').length;
      const rules = lines.flatMap((line, i) => (/^\|( --- \|)+$/.test(line) ? [i] : []));
      expect(rules).toHaveLength(2);
      for (const rule of rules) {
        for (let i = rule - 1; lines[i]?.startsWith('|'); i++)
          expect(cells(lines[i] ?? '')).toBe(cells(lines[rule] ?? ''));
      }
    }
  });

  it('says the verdict first, and the findings where there are any', () => {
    expect(readFileSync(join(out, 'compare.md'), 'utf8')).toMatch(/^# backproof compare: agree\n/);
    expect(readFileSync(join(wrongOut, 'compare.md'), 'utf8')).toMatch(
      /^# backproof compare: disagree\n\n\*\*DISAGREE\*\*: db2\[\d\] of vector f32 \(candidate\) is wrong: [^\n]*\n\n- Fix: [^]*## Also wrong\n\n- /,
    );
  });
});
