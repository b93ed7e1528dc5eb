// Expected values as textbooks print them: rounded, with gaps, as sums. They are judged by what
// they state, and the report says what they would have to declare.
import { describe, expect, it } from 'vitest';
import { caseOptimizer, checkCase } from '../../src/check/expected/case-check.ts';
import type { CaseCheck } from '../../src/check/expected/case-check.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { EngineId } from '../../src/engines/engine.ts';
import { parseCase } from '../../src/network/case.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { expectedLines } from '../../src/report/words/expected.ts';
import { findingSentence } from '../../src/report/words/findings.ts';

/**
 * Two inputs, two hidden units, two outputs, all sigmoid; one example. Half of the sum of two
 * squares is their mean.
 */
const NETWORK = {
  inputs: 2,
  layers: [
    { units: 2, activation: 'sigmoid' },
    { units: 2, activation: 'sigmoid' },
  ],
  loss: 'mse',
};
const WORKED = {
  format: 'backproof-case/1',
  name: 'a worked example',
  network: NETWORK,
  parameters: [
    { weights: [[0.15, 0.25], [0.2, 0.3]], bias: [0.35, 0.35] }, // prettier-ignore
    { weights: [[0.4, 0.5], [0.45, 0.55]], bias: [0.6, 0.6] }, // prettier-ignore
  ],
  batch: { inputs: [[0.05, 0.1]], targets: [[0.01, 0.99]] },
  optimizer: { id: 'sgd', learningRate: 0.5 },
};
/** As a textbook prints them; the last 0 of -0.022602540 is lost. */
const NINE = {
  loss: 0.298371109,
  gradients: [
    { weights: [[0.000438568, 0.000497713], [0.000877135, 0.000995425]], bias: [0.008771355, 0.009954255] }, // prettier-ignore
    { weights: [[0.082167041, -0.02260254], [0.082667628, -0.022740242]], bias: [0.138498562, -0.038098237] }, // prettier-ignore
  ],
};
const FOUR = {
  loss: 0.2984,
  gradients: [
    { weights: [[0.0004, 0.0005], [0.0009, 0.001]], bias: [0.0088, 0.01] }, // prettier-ignore
    { weights: [[0.0822, -0.0226], [0.0827, -0.0227]], bias: [0.1385, -0.0381] }, // prettier-ignore
  ],
};

const as = (dtype: 'f32' | 'f64', answer: object, more: object = {}): object => ({
  source: 's',
  dtype,
  ...answer,
  ...more,
});

async function check(raw: object, reference: EngineId = 'vector'): Promise<CaseCheck> {
  const problem = parseCase(JSON.stringify(raw), 'case.json');
  const { network } = problem;
  const optimizer = caseOptimizer(problem) ?? optimizerSpec('sgd');
  const candidate = await createEngine('vector', network, optimizer);
  const other = await createEngine(reference, network, optimizer, reference === 'tfjs' ? { backend: 'cpu' } : {});
  const setting = { network, optimizer, scaling: { mean: 0, deviation: 255 } };
  try {
    return await checkCase(
      problem,
      optimizer,
      { candidate, reference: other },
      {
        injector: {
          setting,
          inject: (injection) => createEngine('vector', network, optimizer, { dtype: 'f64', injection }),
        },
      },
    );
  } finally {
    await candidate.dispose();
    await other.dispose();
  }
}

const worked = async (expected: object) => {
  const { expected: found, verdict } = await check({ ...WORKED, expected });
  if (found === null) throw new Error('the case has no answer');
  const wrong = found.verdict.kind === 'disagree' ? found.verdict.findings : [];
  const names = wrong.flatMap((f) => (f.kind === 'beyond-bound' ? [f.measure.parameter] : []));
  return { ...found, kind: found.verdict.kind, whole: verdict.kind, wrong: names };
};
const MEANS = { gradients: 'mean', loss: 'mean', squaredError: 'mean' };

describe('rounded numbers', () => {
  it.each([
    ['f64, nine decimals', as('f64', NINE, { decimals: 9 })],
    ['f32, nine decimals', as('f32', NINE, { decimals: 9 })],
    ['f64, four decimals', as('f64', FOUR, { decimals: 4 })],
    ['f32, four decimals', as('f32', FOUR, { decimals: 4 })],
    ['only the loss', as('f64', { loss: NINE.loss }, { decimals: 9 })],
  ])('agree to the given digits: %s', async (_what, expected) => {
    expect(await worked(expected)).toMatchObject({ kind: 'agree', whole: 'agree', looksLike: [] });
  });

  it.each([
    ['nine', 'f64', NINE, 9],
    ['four', 'f32', FOUR, 4],
    ['four', 'f64', FOUR, 4],
  ] as const)(
    'disagree without a declaration, and are told what to declare: %s decimals, %s',
    async (_n, dtype, answer, decimals) => {
      const { kind, looksLike } = await worked(as(dtype, answer));
      expect(kind).toBe('disagree');
      expect(looksLike).toEqual([{ conventions: MEANS, decimals }]);
    },
  );

  it('are wrong by one unit of the last digit', async () => {
    for (const [decimals, answer] of [
      [9, NINE],
      [4, FOUR],
    ] as const) {
      // prettier-ignore
      for (const sign of [1, -1]) {
        const loss = answer.loss + sign * 10 ** -decimals;
        const { kind, wrong, looksLike } = await worked(as('f64', { ...answer, loss }, { decimals }));
        expect([kind, wrong]).toEqual(['disagree', ['loss']]);
        expect(looksLike.every((one) => one.decimals === decimals - 1)).toBe(true);
      }
    }
  });

  it('agree up to half a unit, and no further', async () => {
    const exact = 0.2983711087600027; // to 16 digits, from its own f64 answer
    const { loss } = await worked(as('f64', { loss: exact }));
    expect(Math.abs((loss?.oracle ?? 0) - exact)).toBeLessThan(1e-15);
    for (const [share, kind] of [
      [0.4999, 'agree'],
      [0.5001, 'disagree'],
    ] as const)
      // prettier-ignore
      for (const sign of [1, -1])
        expect((await worked(as('f64', { loss: exact + sign * share * 1e-6 }, { decimals: 6 }))).kind).toBe(kind);
  });

  it('are judged by the digits written, if fewer are declared', async () => {
    const loss = 0.298371109; // rounded
    for (const decimals of [0, 4, 8]) {
      expect((await worked(as('f64', { loss }, { decimals }))).kind).toBe('agree');
      expect((await worked(as('f64', { loss: loss + 2e-9 }, { decimals }))).kind).toBe('disagree');
    }
  });

  it('are printed with enough digits to tell them from the exact ones', async () => {
    const side = { engine: 'vector', label: 'x' };
    const { verdict } = await worked(as('f64', NINE));
    const [first, ...rest] = verdict.kind === 'disagree' ? verdict.findings : [];
    if (first === undefined) throw new Error('no finding');
    for (const finding of [first, ...rest]) {
      const sentence = findingSentence(finding, { candidate: side, reference: side });
      const [, expected, exact] = /expected (\S+), computed \S+, exact (\S+);/.exec(sentence) ?? [];
      expect(expected).not.toBe(exact);
    }
  });

  it('are reported as rounded', async () => {
    const found = await check({ ...WORKED, expected: as('f64', NINE, { decimals: 9 }) });
    expect(expectedLines(found)).toEqual(['expected values (s): agree, judged to the given 9 decimals']);
  });
});

describe('missing numbers', () => {
  const [one, two] = NINE.gradients;
  const sparse = [
    { weights: [[one?.weights[0]?.[0], null], null], bias: null },
    { weights: [[null, null], [null, two?.weights[1]?.[1]]] }, // prettier-ignore
  ];

  it('are neither judged nor counted; the others keep their places', async () => {
    const { kind, parameters, loss } = await worked(as('f64', { gradients: sparse }, { decimals: 9 }));
    expect(kind).toBe('agree');
    expect(loss).toBeNull();
    expect(parameters).toMatchObject([
      { parameter: 'W1', shape: [2, 2], entries: 1, index: [0, 0] },
      { parameter: 'W2', shape: [2, 2], entries: 1, index: [1, 1] },
    ]);
  });

  it('do not hide a wrong number', async () => {
    const wrong = structuredClone(sparse);
    (wrong[1]?.weights[1] as (number | null)[])[1] = -0.03;
    const found = await worked(as('f64', { loss: NINE.loss, gradients: wrong }, { decimals: 9 }));
    expect(found).toMatchObject({ kind: 'disagree', wrong: ['W2'], looksLike: [] });
    expect(found.parameters[1]).toMatchObject({ index: [1, 1], candidate: -0.03, left: 'candidate' });
  });
});

describe('a training', () => {
  /** As printed in a text that does not train the biases. */
  const weights = [
    [[0.149780716, 0.24975114], [0.19956143, 0.29950229]], // prettier-ignore
    [[0.35891648, 0.51130127], [0.40866619, 0.56137012]], // prettier-ignore
  ];
  const training = (bias: number[][] | null) => ({
    losses: [0.298371109],
    parameters: weights.map((w, l) => ({ weights: w, bias: bias?.[l] ?? null })),
  });

  it('may be rounded, and may leave out tensors', async () => {
    const found = await worked(as('f64', { training: training(null) }, { decimals: 8 }));
    expect(found).toMatchObject({ kind: 'agree', loss: null, parameters: [] });
    expect(found.training?.parameters.map(({ parameter }) => parameter)).toEqual(['W1', 'W2']);
  });

  it('whose biases stay unchanged is wrong only in the biases', async () => {
    const found = await worked(as('f64', { training: training([[0.35, 0.35], [0.6, 0.6]]) }, { decimals: 8 })); // prettier-ignore
    expect(found).toMatchObject({ kind: 'disagree', wrong: ['b1', 'b2'] });
  });

  it('that does not state its decimals gets a hint', async () => {
    const { kind, looksLike } = await worked(as('f64', { training: training(null) }));
    expect([kind, looksLike]).toEqual(['disagree', [{ conventions: MEANS, decimals: 8 }]]);
  });

  it('uses gradients with the case’s own conventions', async () => {
    const step = (times: number) => ({
      training: {
        losses: [null],
        parameters: [null, { bias: [0.6 - 0.5 * times * 0.138498562, null] }],
      },
      conventions: { squaredError: 'sum' },
      decimals: 8,
    });
    expect((await worked(as('f64', step(2)))).kind).toBe('agree');
    expect((await worked(as('f64', step(1)))).wrong).toEqual(['b2']);
  });
});

/** One output and three examples: no two of the conventions give the same numbers. */
const REGRESSION = {
  format: 'backproof-case/1',
  name: 'one linear output',
  network: {
    inputs: 1,
    layers: [
      { units: 3, activation: 'tanh' },
      { units: 1, activation: 'linear' },
    ],
    loss: 'mse',
  },
  parameters: [
    { weights: [[0.9, -0.4, 0.3]], bias: [0.1, -0.2, 0.4] },
    { weights: [[0.8], [0.7], [-1.1]], bias: [0.3] },
  ],
  batch: { inputs: [[0.1], [1.5], [-2]], targets: [[0.2], [3.4], [-1]] },
  optimizer: { id: 'sgd', learningRate: 0.1 },
};
const XOR = {
  format: 'backproof-case/1',
  name: 'xor with one sigmoid output',
  network: {
    inputs: 2,
    layers: [
      { units: 2, activation: 'sigmoid' },
      { units: 1, activation: 'sigmoid' },
    ],
    loss: 'mse',
  },
  parameters: [
    { weights: [[0.9, 0.1], [0.3, 0.5]], bias: [0.1, -0.2] }, // prettier-ignore
    { weights: [[0.8], [0.7]], bias: [0.3] },
  ],
  batch: { inputs: [[0, 0], [0, 1], [1, 0], [1, 1]], targets: [[0], [1], [1], [0]] }, // prettier-ignore
};

describe('one output', () => {
  it.each(['autograd', 'vector', 'tfjs'] as const)('agrees with %s, without expected values', async (reference) => {
    for (const raw of [REGRESSION, XOR]) {
      const { verdict, expected } = await check(raw, reference);
      expect(verdict.kind).toMatch(/^(agree|identical)$/);
      expect(expected).toBeNull();
    }
  });
});

describe('sums in place of means', () => {
  /** Loss and db2 of REGRESSION, as means, in binary64. */
  const mean = async () => {
    const { expected } = await check({
      ...REGRESSION,
      expected: as('f64', { loss: 0, gradients: [null, { bias: [0] }] }),
    });
    return { loss: expected?.loss?.oracle ?? NaN, db2: expected?.parameters[0]?.oracle ?? NaN };
  };
  const answer = async (times: { loss: number; gradients: number }, more: object = {}) => {
    const { loss, db2 } = await mean();
    const round = (x: number): number => ('decimals' in more ? Number(x.toFixed(6)) : x);
    const gradients = [null, { bias: [round(times.gradients * db2)] }];
    const { expected } = await check({
      ...REGRESSION,
      expected: as('f64', { loss: round(times.loss * loss), gradients, ...more }),
    });
    return expected;
  };

  it.each([
    [{ loss: 1, gradients: 3 }, { gradients: 'sum' }],
    [{ loss: 3, gradients: 1 }, { loss: 'sum' }],
    [
      { loss: 3, gradients: 3 },
      { gradients: 'sum', loss: 'sum' },
    ],
    [{ loss: 0.5, gradients: 0.5 }, { squaredError: 'half-sum' }],
    [
      { loss: 1.5, gradients: 1.5 },
      { gradients: 'sum', loss: 'sum', squaredError: 'half-sum' },
    ],
  ])('(%j) agree if declared, and are told so if not', async (times, conventions) => {
    expect((await answer(times, { conventions }))?.verdict.kind).toMatch(/^(agree|identical)$/);
    const undeclared = await answer(times);
    expect(undeclared?.verdict.kind).toBe('disagree');
    expect(undeclared?.looksLike).toContainEqual({ conventions: { ...MEANS, ...conventions }, decimals: null });
  });

  it('may also be rounded', async () => {
    const conventions = { squaredError: 'half-sum' };
    const times = { loss: 0.5, gradients: 0.5 };
    expect((await answer(times, { conventions, decimals: 6 }))?.verdict.kind).toBe('agree');
    const undeclared = await answer(times, { decimals: 6 });
    expect(undeclared?.looksLike).toContainEqual({ conventions: { ...MEANS, ...conventions }, decimals: 6 });
  });

  it('are not suggested for numbers that are simply wrong', async () => {
    expect((await answer({ loss: 1, gradients: 1.1 }))?.looksLike).toEqual([]);
    expect((await answer({ loss: 1, gradients: -1 }))?.looksLike).toEqual([]);
  });
});
