// Trained parameters, saved and loaded: numbers keep every bit.
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { formatParameterFile, parseParameterFile } from '../../src/network/parameter-file.ts';
import type { ParameterFile } from '../../src/network/parameter-file.ts';
import { copyParameters, fromDense, namedTensors } from '../../src/network/parameters.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { matrixOf } from '../../src/numeric/matrix.ts';
import { refusal } from '../refusal.ts';
import { firstDifference } from '../tfjs-cpu.ts';

const NETWORK: NetworkSpec = { inputs: 4, layers: [{ units: 2, activation: 'relu' }], loss: 'mse' };
const SCALING = { id: 'standard', mean: 33.318421, deviation: 78.567489 } as const;

/** Numbers with the longest decimal expansions, and the ends of binary32's range. */
const HARD = [1 / 3, -0.1, 2 ** -149, 2 ** -126 - 2 ** -149, (2 - 2 ** -23) * 2 ** 127, 16777217, 1e-40, 0];

function file(weights: number[], bias: number[] = [0.1, 1e-7]): ParameterFile {
  const rows = [0, 1, 2, 3].map((r) => weights.slice(2 * r, 2 * r + 2));
  const parameters = fromDense([{ weights: matrixOf(rows), bias: Float32Array.from(bias) }]);
  return { network: NETWORK, scaling: SCALING, dataset: 'mnist', parameters };
}

/** Compares every tensor after saving, loading and storing in binary32 with the original. */
function lostBits(saved: ParameterFile): (string | null)[] {
  const loaded = copyParameters(parseParameterFile(formatParameterFile(saved), 'p.json').parameters, 'f32');
  const originals = namedTensors(saved.parameters);
  return namedTensors(loaded).map(({ values }, i) => firstDifference(values, originals[i].values));
}

describe('a parameter file', () => {
  it('keeps network, scaling and dataset', () => {
    const { network, scaling, dataset } = parseParameterFile(formatParameterFile(file(HARD)), 'p.json');
    expect({ network, scaling, dataset }).toEqual({ network: NETWORK, scaling: SCALING, dataset: 'mnist' });
  });

  it('keeps the scaling of each input, and refuses one of another number of inputs', () => {
    const columns = [1, 2, 3, 4].map((k) => ({ mean: k / 3, deviation: 0.1 * k }));
    const scaling = { id: 'columns', mean: 0, deviation: 1, columns } as const;
    const text = formatParameterFile({ ...file(HARD), scaling });
    expect(parseParameterFile(text, 'p.json').scaling).toEqual(scaling);
    const fewer = formatParameterFile({ ...file(HARD), scaling: { ...scaling, columns: columns.slice(1) } });
    expect(refusal(DataError, () => parseParameterFile(fewer, 'p.json'))).toBe(
      'p.json: scaling.columns: expected 4, got 3',
    );
    const none = formatParameterFile({ ...file(HARD), scaling: { id: 'columns', mean: 0, deviation: 1 } });
    expect(refusal(DataError, () => parseParameterFile(none, 'p.json'))).toContain('expected 4, got 0');
  });

  it('keeps every bit of binary32 numbers', () => {
    expect(lostBits(file(HARD))).toEqual([null, null]);
    const network = { ...NETWORK, inputs: 50, layers: [{ units: 40, activation: 'relu' as const }] };
    const parameters = initialParameters(network, 'he-normal', 1);
    expect(lostBits({ ...file(HARD), network, parameters })).toEqual([null, null]);
  });

  it('keeps every bit of binary64 numbers too', () => {
    const weights = matrixOf([[0.1, 1 / 3], [5e-324, 1e308], [2 ** 53 + 2, 0], [1, 2]], 'f64'); // prettier-ignore
    const saved = { ...file(HARD), parameters: fromDense([{ weights, bias: Float64Array.of(0.2, 0.3) }]) };
    expect(parseParameterFile(formatParameterFile(saved), 'p.json').parameters).toEqual(saved.parameters);
  });

  it('keeps the sign of zero', () => {
    expect(lostBits(file(HARD, [-0, 0]))).toEqual([null, null]);
  });

  it('ends with a line feed and contains only JSON', () => {
    const text = formatParameterFile(file(HARD));
    expect(text.endsWith('}\n')).toBe(true);
    expect(JSON.parse(text)).toMatchObject({ format: 'backproof-parameters/1' });
  });
});

describe('a parameter file is refused', () => {
  const spoilt = (from: string | RegExp, to: string): string => {
    const text = formatParameterFile(file(HARD));
    expect(text.replace(from, to)).not.toBe(text);
    return text.replace(from, to);
  };

  it.each<[string, string, RegExp]>([
    ['cut short', formatParameterFile(file(HARD)).slice(0, -10), /^p\.json: not JSON/],
    ['with another format', spoilt('parameters/1', 'parameters/2'), /^p\.json: format: .*backproof-parameters\/1/],
    ['that is a case file', spoilt('backproof-parameters/1', 'backproof-case/1'), /^p\.json: format: /],
    ['with a deviation of 0', spoilt('78.567489', '0'), /^p\.json: scaling\.deviation: /],
    ['with an unknown scaling', spoilt('standard', 'log'), /^p\.json: scaling\.id: .*unit.*none.*standard/],
    ['with another shape', spoilt('"inputs":4', '"inputs":5'), /^p\.json: .*W1: expected \(5, 2\), got \(4, 2\)/],
    ['with an impossible network', spoilt('"relu"', '"softsign"'), /^p\.json: network\.layers\[0\]\.activation: /],
    ['with a bad loss', spoilt('"mse"', '"cross-entropy"'), /^p\.json: cross-entropy is defined on a softmax output/],
    ['with a number that is too large', spoilt('33.318421', '1e999'), /^p\.json: scaling\.mean: /],
  ])('%s', (_name, text, message) => {
    expect(refusal(DataError, () => parseParameterFile(text, 'p.json'))).toMatch(message);
  });

  it('if NaN was saved (null in JSON)', () => {
    const text = formatParameterFile(file(HARD, [1, NaN]));
    expect(refusal(DataError, () => parseParameterFile(text, 'p.json'))).toMatch(
      /^p\.json: parameters\[0\]\.bias\[1\]: /,
    );
  });
});
