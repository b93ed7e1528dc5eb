// A learning rate that makes the numbers overflow: the headline says so, with the step, and the
// report is written.
import { describe, expect, it } from 'vitest';
import { compareDocument, savedReport } from './documents.ts';
import { COMPARED, CPU, inProcess as backproof, filesIn, newFolder } from './program.ts';

const TOO_LARGE = [
  ['--learning-rate', '1e30'],
  ['--learning-rate', '1e300'], // more than binary32 can hold
  ['--learning-rate', '1e25', '--output', 'linear'],
  ['--learning-rate', '1e38', '--optimizer', 'adam'],
];

describe.concurrent.for(TOO_LARGE)('%s %s %s %s', (...[options]) => {
  it('is inconclusive, and the number that left the range is named with its step', async () => {
    const out = newFolder();
    const run = await backproof(['compare', ...CPU, ...options, '--out', out]);
    expect(run.code).toBe(3);
    const headline = run.stdout.split('\n').find((line) => line.startsWith('INCONCLUSIVE')) ?? '';
    expect(headline).toMatch(/ at step \d+ (reaches \S+, beyond the largest number of the precision|is not a number)/);
    const { verdict, freeRun } = savedReport(out);
    expect(verdict).toMatchObject({ kind: 'inconclusive', reason: 'out-of-range' });
    expect(freeRun.accuracy).toEqual({ candidate: null, reference: null });
    const losses = freeRun.loss.candidate;
    // a word, as JSON has no such number
    expect(losses.findIndex((loss) => typeof loss === 'string')).toBe(losses.length - 1);
    expect(filesIn(out)).toEqual(COMPARED);
  });
});

describe.concurrent('a learning rate that is too large', () => {
  it('leaves no parameters behind in train', async () => {
    const out = newFolder();
    const run = await backproof(['train', ...CPU, '--learning-rate', '1e30', '--json', '--out', out]);
    expect(run.code).toBe(1);
    expect(JSON.parse(run.stdout)).toMatchObject({
      overflowedAt: expect.any(Number) as number,
      parameters: null,
      accuracy: null,
    });
    expect(filesIn(out)).toEqual([]);
  });

  it('of exactly 0 changes nothing and is allowed', async () => {
    const run = await backproof(['compare', ...CPU, '--learning-rate', '0', '--json', '--out', newFolder()]);
    expect(run.code).toBe(0);
    expect(compareDocument(run.stdout).verdict.kind).toBe('identical');
  });
});
