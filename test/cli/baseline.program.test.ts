// The accuracy baseline: written once, then every run is compared with it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseReport, savedReport } from './documents.ts';
import { CPU, backproof, complaint, filesIn, newFolder, inProcess, withoutProgress } from './program.ts';

interface Figures {
  accuracy: { candidate: number; reference: number };
}

let file = '';

beforeAll(async () => {
  file = join(newFolder(), 'baseline.json');
  const run = await inProcess(['compare', ...CPU, '--baseline', file, '--update-baseline', '--out', newFolder()]);
  expect(withoutProgress(run.stderr)).toBe(`Baseline written: ${file}\n`);
  expect(run.code).toBe(0);
});

describe.concurrent('against its baseline', () => {
  it('the same run passes', async () => {
    const run = await inProcess(['compare', ...CPU, '--baseline', file, '--out', newFolder()]);
    expect(run.stdout).toContain(`No regression against ${file}.`);
    expect(run.code).toBe(0);
  });

  it('a run that falls behind an edited figure exits with 1 and names both', async () => {
    const edited = JSON.parse(readFileSync(file, 'utf8')) as Figures;
    edited.accuracy.candidate = 0.999;
    const better = join(newFolder(), 'better.json');
    writeFileSync(better, JSON.stringify(edited));
    const out = newFolder();
    const run = await inProcess(['compare', ...CPU, '--baseline', better, '--out', out]);
    const { verdict, baseline, freeRun } = savedReport(out);
    const reached = (100 * (freeRun.accuracy.candidate ?? NaN)).toFixed(2);
    expect(run.stdout).toContain(`test accuracy of the candidate ${reached} %, baseline 99.90 %`);
    expect(run.stdout.match(/^REGRESSED/gm)).toHaveLength(1);
    expect(verdict.kind).toBe('identical'); // the two still agree with each other
    expect(baseline?.regressed).toBe(true);
    expect(readFileSync(join(out, 'compare.junit.xml'), 'utf8')).toMatch(
      /<testsuite name="baseline" tests="4" failures="1"/,
    );
    expect(run.code).toBe(1);
  });

  it('a run that learns nothing exits with 1 and names every figure', async () => {
    const run = await inProcess(['compare', ...CPU, '--learning-rate', '0', '--baseline', file, '--out', newFolder()]);
    expect(
      run.stdout.match(
        /^REGRESSED against .*: (test accuracy|final loss) of the (candidate|reference) .*, baseline .*$/gm,
      ),
    ).toHaveLength(4);
    expect(run.code).toBe(1);
  });

  it('a run on another data set is refused before it trains', async () => {
    const out = newFolder();
    const run = await inProcess([
      'compare',
      '--dataset',
      'xor',
      '--epochs',
      '100000',
      '--baseline',
      file,
      '--out',
      out,
    ]);
    expect(complaint(run)).toMatch(
      /this baseline is for dataset moons, but this run has dataset xor; .*--update-baseline/,
    );
    expect(run.code).toBe(2);
    expect(filesIn(out)).toEqual([]);
  });
});

describe.concurrent('a baseline', () => {
  it.for([
    ['is not there', null, /cannot be read \(ENOENT\)/],
    ['is no JSON', '{', /not JSON/],
    ['is something else', '{}', /format: .*backproof-baseline\/1/],
  ] as const)('that %s is refused', async ([, content, line]) => {
    const other = join(newFolder(), 'other.json');
    if (content !== null) writeFileSync(other, content);
    const run = await inProcess(['compare', ...CPU, '--baseline', other, '--out', newFolder()]);
    expect(complaint(run)).toMatch(line);
    expect(run.code).toBe(2);
  });

  it('is not written by a run that disagrees, which still prints one JSON document', async () => {
    const folder = newFolder();
    const options = ['--fault', 'sign', '--baseline', join(folder, 'b.json'), '--update-baseline', '--json'];
    const run = await inProcess(['compare', ...CPU, ...options, '--out', newFolder()]);
    expect(filesIn(folder)).toEqual([]);
    expect(run.stderr).toMatch(/the baseline is left as it is: the verdict is disagree/);
    expect(run.code).toBeGreaterThan(0);
    expect(parseReport(run.stdout).verdict.kind).toBe('disagree');
  });

  it('that cannot be written leaves one JSON document on stdout as well', async () => {
    const folder = newFolder(); // a folder is in the way
    const run = await inProcess([
      'compare',
      ...CPU,
      '--baseline',
      folder,
      '--update-baseline',
      '--json',
      '--out',
      newFolder(),
    ]);
    expect(run.stderr).toMatch(/^backproof: .*cannot be written \(\w+\).*--baseline$/m);
    expect(() => JSON.parse(run.stdout) as unknown).not.toThrow();
    expect(run.code).toBe(2);
  });

  it('is written into a folder that did not exist', async () => {
    const folder = newFolder();
    const run = await backproof(['compare', ...CPU, '--update-baseline', '--out', join(folder, 'out')], {
      cwd: folder,
    });
    expect(withoutProgress(run.stderr)).toBe('Baseline written: results/baseline.json\n');
    expect(filesIn(join(folder, 'results'))).toEqual(['baseline.json']);
    expect(run.code).toBe(0);
  });
});
