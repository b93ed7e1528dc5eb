// The baseline: passes a run that is as good, fails one that is worse by more than one standard
// error, rejects one that cannot be compared.
import { expect, test } from 'vitest';
import { DataError, UsageError } from '../../src/errors.ts';
import { baselineOf, checkBaseline, parseBaseline, requireComparable } from '../../src/report/baseline.ts';
import { baselineSentence } from '../../src/report/words/sentences.ts';
import { realReport } from './fixture.ts';

const report = await realReport();
const baseline = baselineOf(report);
const { freeRun } = report;

test('a run passes its own baseline', () => {
  const check = checkBaseline(baseline, 'b.json', freeRun);
  expect(check.regressed).toBe(false);
  expect(check.figures).toHaveLength(4);
});

test('one standard error is allowed: √(p(1-p)/n) for the accuracy', () => {
  const p = freeRun.accuracy.candidate as number;
  expect(baseline.allowed.accuracy).toBeCloseTo(Math.sqrt((p * (1 - p)) / 100), 12);
  expect(baseline.allowed.finalLoss).toBeGreaterThan(0);
});

test.each([0.5, 1.5])('an accuracy lower by %s allowances regresses only above one', (times) => {
  const { accuracy: before, allowed } = baseline;
  if (before === null || allowed.accuracy === null) throw new Error('this run has classes');
  const accuracy = { ...freeRun.accuracy, candidate: before.candidate - times * allowed.accuracy };
  const check = checkBaseline(baseline, 'b.json', { ...freeRun, accuracy });
  expect(check.regressed).toBe(times > 1);
  expect(check.figures.filter((f) => f.regressed).map((f) => `${f.figure} ${f.side}`)).toEqual(
    times > 1 ? ['accuracy candidate'] : [],
  );
});

test.each([0.5, 1.5, NaN])('a final loss higher by %s allowances regresses only above one, NaN always', (times) => {
  const finalLoss = {
    ...freeRun.finalLoss,
    reference: baseline.finalLoss.reference + times * baseline.allowed.finalLoss,
  };
  expect(checkBaseline(baseline, 'b.json', { ...freeRun, finalLoss }).regressed).toBe(!(times < 1));
});

test('a missing accuracy counts as regressed, and both figures are named', () => {
  const accuracy = { candidate: null, reference: 0 };
  const { figures } = checkBaseline(baseline, 'b.json', { ...freeRun, accuracy });
  expect(figures.filter((f) => f.regressed)).toHaveLength(2);
  expect(baselineSentence(figures[0])).toMatch(
    /^test accuracy of the candidate missing, baseline \d+\.\d\d % \(at least/,
  );
});

test('an overflowed run cannot become a baseline', () => {
  const overflowed = { ...report, freeRun: { ...freeRun, accuracy: { candidate: null, reference: null } } };
  expect(() => baselineOf(overflowed)).toThrow(UsageError);
});

test('a run on other data cannot be compared with the baseline', () => {
  const settings = { ...report.settings, testSize: 99 };
  expect(() => requireComparable(baseline, settings, 'b.json')).toThrow(
    /this baseline is for testSize 100, but this run has testSize 99/,
  );
  expect(() => requireComparable(baseline, report.settings, 'b.json')).not.toThrow();
});

test('it is read back from its file; a damaged file is rejected', () => {
  const text = JSON.stringify(baseline);
  expect(parseBaseline(text, 'b.json')).toEqual(baseline);
  expect(() => parseBaseline(text.slice(0, 50), 'b.json')).toThrow(DataError);
  expect(() => parseBaseline(text.replace('"accuracy"', '"acuracy"'), 'b.json')).toThrow(/b\.json: accuracy/);
});

test('regression has no accuracy: its baseline is the final loss alone', async () => {
  const run = await realReport({ dataset: 'sine' });
  const own = baselineOf(run);
  expect([own.accuracy, own.allowed.accuracy]).toEqual([null, null]);
  expect(parseBaseline(JSON.stringify(own), 'b.json')).toEqual(own);
  const { figures, regressed } = checkBaseline(own, 'b.json', run.freeRun);
  expect([figures.map(({ figure }) => figure), regressed]).toEqual([['finalLoss', 'finalLoss'], false]);
  const worse = { ...run.freeRun, finalLoss: { candidate: 2 * own.finalLoss.candidate, reference: NaN } };
  expect(checkBaseline(own, 'b.json', worse).figures.map((f) => f.regressed)).toEqual([true, true]);
  const cut = { ...run.freeRun, outputs: { candidate: null, reference: null } };
  expect(() => baselineOf({ ...run, freeRun: cut })).toThrow(/did not reach its test set/);
});
