// Reports of a run whose examples have targets: the loss on the test set in place of the accuracy,
// in every format; nothing is said of labels.
import { expect, test } from 'vitest';
import { outcomeRows } from '../../src/report/blocks/outcome-rows.ts';
import { formatJson, parseReport } from '../../src/report/formats/json.ts';
import { summaryOf } from '../../src/report/html/summary.ts';
import { formatNumber } from '../../src/report/words/numbers.ts';
import { realReport } from './fixture.ts';

const report = await realReport({ dataset: 'sine' });
const { freeRun } = report;

test('the outcome is the loss on the test set, and there is no accuracy', () => {
  expect(freeRun.verdict.kind).toBe('identical');
  const loss = freeRun.testLoss?.candidate ?? NaN;
  expect(loss).toBeGreaterThan(0);
  expect([freeRun.accuracy.candidate, freeRun.confusion.candidate, freeRun.labelledDifferently]).toEqual([null, null, null]); // prettier-ignore
  expect(outcomeRows(report)[0]).toEqual({
    what: 'test loss',
    candidate: formatNumber(loss),
    reference: formatNumber(loss),
    note: 'mean over 100 test examples',
  });
  expect(JSON.stringify(outcomeRows(report))).not.toMatch(/accuracy|labelled/);
});

test('a report is read back with it; one of classes has no such field', async () => {
  const back = parseReport(formatJson(report), 'x.json');
  if (back.kind !== 'compare') throw new Error('it is a comparison');
  expect(back.freeRun.testLoss).toEqual(freeRun.testLoss);
  expect(summaryOf(report, 'x.html').training?.testLoss).toEqual(freeRun.testLoss);
  const moons = await realReport();
  expect(outcomeRows(moons)[0].what).toBe('test accuracy');
  expect(['testLoss' in moons.freeRun, 'testLoss' in (summaryOf(moons, 'x.html').training ?? {})]).toEqual([false, false]); // prettier-ignore
});
