// The map of a wrong tensor: each byte is its entry, a block shows its worst entry, and what is
// right has none.
import { describe, expect, test } from 'vitest';
import { entryMap, sideMaps } from '../../src/check/diagnosis/entry-map.ts';
import type { EntryMap } from '../../src/check/diagnosis/entry-map.ts';
import { realReport } from '../report/fixture.ts';

const bytesOf = ({ bytes }: EntryMap): number[] => [...Buffer.from(bytes, 'base64')];

/** (4, 5) of exact 1 with a bound of 0.1, but for these entries. */
function held(wrong: Readonly<Record<number, number>>) {
  const exact = new Float64Array(20).fill(1);
  const found = exact.map((x, i) => wrong[i] ?? x);
  return { shape: [4, 5], found, exact, bounds: new Float64Array(20).fill(0.1) };
}

describe('a byte', () => {
  test('is 128 within the bound, more above the exact value, less below it, 0 where there is no number', () => {
    const map = entryMap(held({ 1: 1.09, 2: 1.2, 7: 0.8, 8: 101, 9: NaN, 10: Infinity }), 20);
    expect(map).toMatchObject({ rows: 4, cols: 5, rowsPerCell: 1, colsPerCell: 1, wrong: 5 });
    const bytes = bytesOf(map);
    expect([bytes[0], bytes[1], bytes[9], bytes[10]]).toEqual([128, 128, 0, 0]);
    expect(bytes[8]).toBe(255);
    expect(bytes[2]).toBeGreaterThan(128);
    expect(128 - bytes[7]).toBe(bytes[2] - 128);
    expect(map.most).toBeCloseTo(1000);
    expect(Math.pow(map.most, (bytes[2] - 129) / 126)).toBeCloseTo(2, 1);
  });

  test('of an entry that has no room for an error is the darkest', () => {
    const one = { ...held({ 3: 1 + 1e-12 }), bounds: new Float64Array(20) };
    expect(bytesOf(entryMap(one, 20))[3]).toBe(255);
  });

  test('stands for a block where there are too many entries, and shows the worst of it', () => {
    const map = entryMap(held({ 13: 0 }), 6);
    expect(map.rows * map.cols).toBeLessThanOrEqual(6);
    const at = Math.floor(2 / map.rowsPerCell) * map.cols + Math.floor(3 / map.colsPerCell);
    expect(bytesOf(map).flatMap((byte, i) => (byte === 128 ? [] : [i]))).toEqual([at]);
    expect(map.wrong).toBe(1);
  });
});

test('of many tensors the small ones keep all of their entries', () => {
  const tensor = (rows: number, cols: number) => {
    const values = new Float64Array(rows * cols);
    const zeros = { candidate: values.map(() => 1), reference: values, exact: values, bounds: values };
    return { side: 'candidate', compare: { parameter: 'W1', shape: [rows, cols], ...zeros } } as const;
  };
  const maps = sideMaps([tensor(1000, 1000), tensor(30, 20)]);
  expect(maps[1]).toMatchObject({ rows: 30, cols: 20 });
  expect(maps[0].rows * maps[0].cols).toBeLessThanOrEqual(2 ** 18);
  expect(maps.map(({ wrong }) => wrong)).toEqual([1e6, 600]);
});

describe('in a report', () => {
  test('every wrong tensor has one, of the side that is wrong, and each wrong entry is in it', async () => {
    const { gradientCheck } = await realReport({ fault: 'sign@1' });
    const wrong = gradientCheck.parameters.filter(({ left }) => left !== null);
    expect(gradientCheck.maps?.map(({ parameter, side }) => [parameter, side])).toEqual(
      wrong.map(({ parameter }) => [parameter, 'candidate']),
    );
    for (const map of gradientCheck.maps ?? []) expect(bytesOf(map).filter((b) => b !== 128)).toHaveLength(map.wrong);
  });

  test('a wrong value on the way has one too', async () => {
    const { gradientCheck } = await realReport({ fault: 'missing-activation-derivative@1' });
    const place = gradientCheck.firstWrong.candidate;
    expect(place?.name).toBe('dz1');
    expect(place?.map).toMatchObject({ rows: 16, cols: 8 });
  });

  test('there is none where all is right', async () => {
    const { gradientCheck } = await realReport();
    expect(gradientCheck).not.toHaveProperty('maps');
  });
});
