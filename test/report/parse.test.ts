// A report is read back as it was written; anything else is rejected with one line that says what
// is wrong.
import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { formatJson, parseReport } from '../../src/report/formats/json.ts';
import { refusal } from '../refusal.ts';
import { realReport } from './fixture.ts';

type Loose = Record<string, Record<string, unknown>>;

const json = formatJson(await realReport({ dataset: 'mnist' }));
const overflowed = await realReport({ learningRate: 3e38 });

function changed(change: (report: Loose) => void): string {
  const report = JSON.parse(json) as Loose;
  change(report);
  return JSON.stringify(report);
}

test('a report is read back as it was written', () => {
  expect(parseReport(json, 'x.json')).toEqual(JSON.parse(json));
});

test('NaN and infinities are read back as numbers', () => {
  const back = parseReport(formatJson(overflowed), 'x.json');
  if (back.kind !== 'compare') throw new Error('it is a comparison');
  expect(back.freeRun.loss).toEqual(overflowed.freeRun.loss);
  expect(Number.isFinite(back.freeRun.loss.candidate.at(-1))).toBe(false);
});

describe('rejected', () => {
  test.each([
    [
      'a disagreement about nothing',
      changed((r) => Object.assign(r, { verdict: { kind: 'disagree', findings: [] } })),
      /at verdict\.findings$/,
    ],
    [
      'a verdict that does not follow from the parts',
      changed((r) => Object.assign(r, { verdict: { kind: 'inconclusive', reason: 'not-run' } })),
      /the verdict is inconclusive, but its parts give identical$/,
    ],
    ['pictures without rows', changed((r) => Object.assign(r['pictures'] ?? {}, { rows: 0 })), /at pictures\.rows/],
    ['cut short', json.slice(0, 5000), /not JSON .*/],
    ['no JSON', 'hello', /not JSON/],
    ['empty', '', /not JSON/],
    ['no report', '[1, 2]', /expected a report of compare or gradcheck, got something else/],
    ['null', 'null', /expected a report of compare or gradcheck/],
    [
      'another kind',
      '{"kind": "selftest", "schemaVersion": 1}',
      /expected a report of compare or gradcheck, got a report of selftest/,
    ],
    ['another version', changed((r) => Object.assign(r, { schemaVersion: 99 })), /expected schemaVersion 1, got 99/],
    [
      'older',
      changed((r) => delete r['gradientCheck']?.['scatter']),
      /expected array, received undefined at gradientCheck\.scatter$/,
    ],
    [
      'a word for a number',
      changed((r) => Object.assign(r['freeRun'] ?? {}, { testSize: 'many' })),
      /at freeRun\.testSize$/,
    ],
    [
      'pictures cut short',
      changed((r) => Object.assign(r['pictures']?.['weights'] ?? {}, { candidate: 'AAAA' })),
      /bytes per picture at pictures$/,
    ],
    [
      'no base64',
      changed((r) => Object.assign(r['pictures']?.['weights'] ?? {}, { candidate: '<b>' })),
      /at pictures\.weights\.candidate/,
    ],
    [
      'a row too few',
      changed((r) => (r['freeRun']?.['confusion'] as Record<string, unknown[]>)['candidate']?.pop()),
      /expected as many columns as rows at freeRun\.confusion\.candidate$/,
    ],
    [
      'a point too few',
      changed((r) => (r['gradientCheck']?.['scatter'] as Record<string, unknown[]>[])[0]?.['oracle']?.pop()),
      /expected one number of .* per position at gradientCheck\.scatter\.0$/,
    ],
  ])('%s', (_what, text, message) => {
    const said = refusal(DataError, () => parseReport(text, 'x.json'));
    const [what, hint] = said.split(' | ');
    expect(what).toMatch(/^x\.json: /);
    expect(what).toMatch(message);
    expect(hint).toMatch(/npm run compare makes a new one$/);
  });
});
