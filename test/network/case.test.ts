// Case files: valid ones are read exactly, and every kind of error gives one line with the file and
// the field.
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { parseCase } from '../../src/network/case.ts';
import { denseLayers, namedTensors } from '../../src/network/parameters.ts';
import { toRows } from '../../src/numeric/matrix.ts';
import { refusal } from '../refusal.ts';

/** A valid case (2-2-2) for the tests to change. */
function good() {
  return {
    format: 'backproof-case/1' as unknown,
    name: 'relu-softmax 2-2-2',
    network: {
      inputs: 2 as unknown,
      layers: [
        { units: 2 as unknown, activation: 'relu' },
        { units: 2, activation: 'softmax' },
      ],
      loss: 'cross-entropy',
    },
    parameters: [
      { weights: [[0.1, -2], [1e-300, 4]] as unknown, bias: [5, 6] as unknown }, // prettier-ignore
      { weights: [[1, 2], [3, 4]], bias: [0.5, 0.25] }, // prettier-ignore
    ],
    batch: { inputs: [[1, 2], [3, 4], [5, 6]], targets: [[1, 0], [0, 1], [0.5, 0.5]] as unknown }, // prettier-ignore
    expected: {
      source: 'by hand',
      dtype: 'f64',
      loss: 0.5 as unknown,
      decimals: undefined as unknown,
      conventions: undefined as unknown,
      gradients: [
        { weights: [[1, 2], [3, 4]], bias: [5, 6] }, // prettier-ignore
        { weights: [[1, 2], [3, 4]] as unknown, bias: [0, 0] }, // prettier-ignore
      ],
    },
  };
}
type Good = ReturnType<typeof good>;

function spoilt(spoil: (c: Good) => void): string {
  const raw = good();
  spoil(raw);
  return JSON.stringify(raw);
}

describe('a valid case', () => {
  it('is read number for number, in binary64', () => {
    const raw = good();
    const { name, network, parameters, batch, expected } = parseCase(JSON.stringify(raw), 'case.json');
    expect(name).toBe('relu-softmax 2-2-2');
    expect(network).toEqual(raw.network);
    const rows = (ps: typeof parameters) =>
      denseLayers(ps).map((p) => ({ weights: toRows(p.weights), bias: Array.from(p.bias) }));
    expect(rows(parameters)).toEqual(raw.parameters);
    for (const { values } of parameters) expect(values).toBeInstanceOf(Float64Array);
    expect({ inputs: toRows(batch.inputs), targets: toRows(batch.targets) }).toEqual(raw.batch);
    const { training, ...rest } = expected as NonNullable<typeof expected>;
    expect({ ...rest, gradients: rows(rest.gradients) }).toEqual({
      ...raw.expected,
      decimals: null,
      conventions: { gradients: 'mean', loss: 'mean', squaredError: 'mean' },
    });
    expect(training).toBeNull();
  });

  it('may have class numbers as targets, or soft ones', () => {
    const rowsOf = (spoil: (c: Good) => void): number[][] =>
      toRows(parseCase(spoilt(spoil), 'case.json').batch.targets);
    expect(rowsOf((c) => (c.batch.targets = [1, 0, 1]))).toEqual([[0, 1], [1, 0], [0, 1]]); // prettier-ignore
    const soft = [[0.25, 0.75], [1, 0], [0.5, 0.5]]; // prettier-ignore
    expect(rowsOf((c) => (c.batch.targets = soft))).toEqual(soft);
    const oneOutput = (c: Good): void => {
      c.network.layers[1] = { units: 1, activation: 'sigmoid' };
      c.network.loss = 'binary-cross-entropy';
      c.parameters[1] = { weights: [[1], [2]], bias: [0.5] };
      c.expected.gradients = [];
      c.batch.targets = [1, 0, 1];
    };
    expect(rowsOf((c) => (oneOutput(c), delete (c as { expected?: unknown }).expected))).toEqual([[1], [0], [1]]);
  });

  it('may contain a training with its optimizer, a note, and the TensorFlow.js variant to check', () => {
    const raw = good();
    const training = {
      losses: [0.5, 0.4],
      parameters: raw.expected.gradients,
      differs: { mistake: 'm', reason: 'r' },
    };
    const optimizer = { id: 'momentum', learningRate: 0.1, momentum: 0.8 };
    const more = { note: 'n', tfjs: 'second variable list', optimizer, expected: { ...raw.expected, training } };
    const found = parseCase(JSON.stringify({ ...raw, ...more }), 'case.json');
    expect(found).toMatchObject({ note: 'n', tfjs: 'second variable list', optimizer });
    expect(found.expected?.training).toMatchObject({ losses: [0.5, 0.4], differs: training.differs });
    expect(found.expected?.training?.parameters[3].values).toEqual(Float64Array.of(0, 0));
    const { optimizer: _, ...without } = more;
    expect(() => parseCase(JSON.stringify({ ...raw, ...without }), 'case.json')).toThrow(
      'case.json: expected.training needs an optimizer',
    );
    expect(() => parseCase(JSON.stringify({ ...raw, tfjs: 'all' }), 'case.json')).toThrow(
      /tfjs: .*second variable list/,
    );
  });

  it('may leave out any part of the expected answer, down to single numbers', () => {
    const raw = good();
    const expectedOf = (expected: unknown) => parseCase(JSON.stringify({ ...raw, expected }), 'case.json').expected;
    const { gradients: _g, ...lossAlone } = raw.expected;
    for (const gradients of [undefined, null, [null, null], [{}, { weights: null, bias: [null, null] }]]) {
      const found = expectedOf({ ...lossAlone, gradients });
      expect(found?.loss).toBe(0.5);
      expect(namedTensors(found?.gradients ?? []).flatMap(({ values }) => [...values])).toEqual(Array(12).fill(NaN));
    }
    const weights = [[1, null], null];
    const { loss, gradients } = expectedOf({ ...lossAlone, loss: null, gradients: [{ weights }, null] }) ?? {};
    expect(loss).toBeNaN();
    expect(Array.from(gradients?.[0].values ?? [])).toEqual([1, NaN, NaN, NaN]);
  });

  it('may state the number of decimals, and which values are sums', () => {
    const raw = good();
    const more = { decimals: 9, conventions: { loss: 'sum' } };
    const { expected } = parseCase(JSON.stringify({ ...raw, expected: { ...raw.expected, ...more } }), 'case.json');
    expect(expected).toMatchObject({ decimals: 9, conventions: { gradients: 'mean', loss: 'sum' } });
  });

  it('has a name of one printable line', () => {
    const source = '\u001b[2Jby\nhand\u202e';
    const raw = { ...good(), name: 'a\n\nAGREE  all', note: `n${'x'.repeat(1e6)}\u0000` };
    const found = parseCase(JSON.stringify({ ...raw, expected: { ...raw.expected, source } }), 'case.json');
    expect(found.name).toBe('a AGREE all');
    expect(found.note?.length).toBeLessThanOrEqual(1000);
    expect(found.expected?.source).toBe('by hand');
  });

  it('need not state expected values', () => {
    const { expected: _, ...rest } = good();
    expect(parseCase(JSON.stringify(rest), 'case.json').expected).toBeNull();
  });
});

/** Changes that make a case invalid, and the message after the name of the file. */
const WRONG: [string, (c: Good) => void, RegExp][] = [
  ['another format', (c) => (c.format = 'backproof-case/2'), /^case\.json: format: .*"backproof-case\/1"/],
  ['no format', (c) => delete c.format, /^case\.json: format: /],
  ['no name', (c) => delete (c as Partial<Good>).name, /^case\.json: name: .*string.*undefined/],
  ['no batch', (c) => delete (c as Partial<Good>).batch, /^case\.json: batch: .*undefined/],
  ['no targets', (c) => delete c.batch.targets, /^case\.json: batch\.targets: .*undefined/],
  [
    'an unknown activation',
    (c) => (c.network.layers[0].activation = 'rellu'),
    /network\.layers\[0\]\.activation: .*relu.*tanh.*softmax/,
  ],
  ['an unknown loss', (c) => (c.network.loss = 'mae'), /network\.loss: .*mse.*cross-entropy/],
  ['0 inputs', (c) => (c.network.inputs = 0), /network\.inputs: /],
  ['1.5 units', (c) => (c.network.layers[0].units = 1.5), /network\.layers\[0\]\.units: /],
  ['no layers', (c) => (c.network.layers = []), /network\.layers: /],
  [
    'softmax in a hidden layer',
    (c) => (c.network.layers[0].activation = 'softmax'),
    /network\.layers\[0\]: softmax is for the last layer only/,
  ],
  [
    'cross-entropy on relu',
    (c) => (c.network.layers[1].activation = 'relu'),
    /cross-entropy is defined on a softmax output/,
  ],
  [
    'weights of a wrong shape',
    (c) => (c.parameters[0].weights = [[1, 2]]),
    /parameters W1: expected \(2, 2\), got \(1, 2\)/,
  ],
  ['no weights at all', (c) => (c.parameters[0].weights = []), /parameters W1: expected \(2, 2\), got \(0, 0\)/],
  ['ragged weights', (c) => (c.parameters[0].weights = [[1, 2], [3]]), /parameters W1: row 1 has length 1, but row 0 has length 2/], // prettier-ignore
  ['a bias too long', (c) => (c.parameters[0].bias = [1, 2, 3]), /parameters b1: expected \(2\), got \(3\)/],
  ['a missing layer', (c) => c.parameters.pop(), /parameters: expected 2 layers, got 1/],
  [
    'a string instead of a number',
    (c) => (c.parameters[0].bias = [1, 'two']),
    /parameters\[0\]\.bias\[1\]: .*number.*string/,
  ],
  ['NaN (null in JSON)', (c) => (c.parameters[0].bias = [1, NaN]), /parameters\[0\]\.bias\[1\]: .*number.*null/],
  ['NaN as a target', (c) => (c.batch.targets = [[1, 0], [0, 1], [NaN, 0]]), /batch\.targets\[2\]\[0\]: /], // prettier-ignore
  ['ragged targets', (c) => (c.batch.targets = [[1, 0], [0], [1, 0]]), /batch\.targets: row 1 has length 1/], // prettier-ignore
  ['too few targets', (c) => (c.batch.targets = [[1, 0]]), /3 rows of inputs, but 1 rows of targets/],
  ['inputs too wide', (c) => (c.batch.inputs = [[1, 2, 3]]), /batch inputs: expected \(B, 2\), got \(1, 3\)/],
  ['an empty batch', (c) => (c.batch = { inputs: [], targets: [] }), /batch/],
  ['targets that sum to 2', (c) => (c.batch.targets = [[1, 1], [0, 1], [1, 0]]), /row 0 of the targets sums to 2/], // prettier-ignore
  ['a class that is not there', (c) => (c.batch.targets = [0, 1, 2]), /batch\.targets: example 2 has class 2, expected a whole number from 0 to 1/], // prettier-ignore
  ['a class below 0', (c) => (c.batch.targets = [-1, 1, 0]), /batch\.targets: example 0 has class -1/],
  ['half a class', (c) => (c.batch.targets = [0, 0.5, 1]), /batch\.targets: example 1 has class 0\.5/],
  ['too few classes', (c) => (c.batch.targets = [0, 1]), /3 rows of inputs, but 2 rows of targets/],
  ['classes and rows mixed', (c) => (c.batch.targets = [0, [0, 1], 1]), /batch\.targets\[0\]: .*array.*number/],
  [
    'classes for a loss of numbers',
    (c) => Object.assign(c, { network: { ...c.network, layers: [{ units: 2, activation: 'relu' }, { units: 2, activation: 'linear' }], loss: 'mse' }, batch: { ...c.batch, targets: [0, 1, 1] } }), // prettier-ignore
    /batch\.targets: expected a row of 2 numbers per example, got numbers/,
  ],
  ['gradients of a wrong shape', (c) => (c.expected.gradients[1].weights = [[1], [2]]), /expected\.gradients W2: expected \(2, 2\), got \(2, 1\)/], // prettier-ignore
  ['a missing gradient', (c) => c.expected.gradients.pop(), /expected\.gradients: expected 2 layers, got 1/],
  ['a string as the expected loss', (c) => (c.expected.loss = '0.5'), /expected\.loss: .*number.*string/],
  [
    'no expected number',
    (c) => void Object.assign(c.expected, { loss: null, gradients: null }),
    /"expected" has no number/,
  ],
  ['17 decimals', (c) => (c.expected.decimals = 17), /expected\.decimals: /],
  ['half a decimal', (c) => (c.expected.decimals = 0.5), /expected\.decimals: /],
  ['an unknown convention', (c) => (c.expected.conventions = { loss: 'total' }), /conventions\.loss: .*mean.*sum/],
  ['rows with gaps that differ in length', (c) => (c.expected.gradients[1].weights = [[1, null], [3]]), /expected\.gradients W2: row 1/], // prettier-ignore
  ['an unknown precision', (c) => (c.expected.dtype = 'bf16'), /expected\.dtype: .*f32.*f64/],
];

describe('a case is refused with the file and the field', () => {
  it.each(WRONG)('with %s', (_name, spoil, message) => {
    const text = refusal(DataError, () => parseCase(spoilt(spoil), 'case.json'));
    expect(text).toMatch(/^case\.json: /);
    expect(text).toMatch(message);
  });

  it('if it is not JSON, cut short, empty, or NaN is written out', () => {
    const text = JSON.stringify(good());
    for (const bad of ['', 'not a case', text.slice(0, -5), text.replace('0.5', 'NaN')]) {
      expect(refusal(DataError, () => parseCase(bad, 'case.json'))).toMatch(/^case\.json: not JSON/);
    }
  });

  it('in one line even if the text that is not JSON has several', () => {
    expect(refusal(DataError, () => parseCase('{\n"name": x\n}', 'case.json'))).toMatch(/^case\.json: not JSON/);
  });

  it('if a number is too large', () => {
    const text = JSON.stringify(good()).replace('"loss":0.5', '"loss":1e999'); // JSON.parse makes it Infinity
    expect(refusal(DataError, () => parseCase(text, 'case.json'))).toMatch(/^case\.json: expected\.loss: /);
  });

  it('if it is JSON but not an object', () => {
    for (const bad of ['null', '[]', '3']) {
      expect(refusal(DataError, () => parseCase(bad, 'case.json'))).toMatch(/^case\.json: .*object/);
    }
  });

  it('with a count of the other errors', () => {
    const text = spoilt((c) => {
      c.parameters[0].bias = ['one', 'two', 'three'];
    });
    expect(refusal(DataError, () => parseCase(text, 'case.json'))).toMatch(
      /parameters\[0\]\.bias\[0\].*\(and 2 more\)$/,
    );
  });
});
