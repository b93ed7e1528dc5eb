// Malformed and incomplete answers and the messages about them, and the parts that a candidate may
// leave to backproof: optimizer and outputs.
import { describe, expect, test } from 'vitest';
import type { CandidateAnswer, CandidateModule, CandidateProblem } from '../../src/candidates/candidate.ts';
import { CandidateError } from '../../src/errors.ts';
import { namedTensors } from '../../src/network/parameters.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { ownNetwork } from './own-network.ts';
import { engineOf, onTrial } from './trial.ts';

const SPEC = network(5, [4], 'tanh', 3, 'softmax', 'cross-entropy');
const right = ownNetwork({});
interface Layer {
  weights: number[][];
  bias: number[];
}

/** A candidate that returns the right answer changed by `spoil`. */
const spoilt =
  (
    spoil: (answer: { loss: unknown; gradients: Layer[] }, problem: CandidateProblem) => unknown,
  ): CandidateModule['default'] =>
  async (problem) => {
    const { loss, gradients } = await right(problem);
    return spoil({ loss, gradients: [...gradients] as Layer[] }, problem) as CandidateAnswer;
  };
const flawsOf = async (candidate: CandidateModule['default']) => {
  const { gradients } = await onTrial(candidate, SPEC);
  expect(gradients.verdict.kind).toBe('disagree');
  const findings = gradients.verdict.kind === 'disagree' ? gradients.verdict.findings : [];
  return findings.flatMap((f) => (f.kind === 'answer' ? [f.flaw] : []));
};

describe('the form of an answer', () => {
  test('layers that are not written yet are reported as missing, and the others are checked', async () => {
    const half = spoilt(({ loss, gradients }) => ({ loss, gradients: [null, gradients[1]] }));
    expect(await flawsOf(half)).toEqual([
      { kind: 'missing', parameter: 'W1', shape: [5, 4] },
      { kind: 'missing', parameter: 'b1', shape: [4] },
    ]);
    const { gradients } = await onTrial(half, SPEC);
    expect(gradients.parameters.filter(({ left }) => left !== null).map(({ parameter }) => parameter)).toEqual([
      'W1',
      'b1',
    ]);
    expect(gradients.diagnosis).toBeNull();
  });

  test('every mistake that explains the returned half is named', async () => {
    const wrong = spoilt(({ loss, gradients: [, top] }) => ({
      loss,
      gradients: [
        undefined,
        {
          ...top,
          weights: top.weights.map((row: number[]) => row.map((g) => -g)),
          bias: top.bias.map((g: number) => -g),
        },
      ],
    }));
    const { gradients } = await onTrial(wrong, SPEC);
    expect(gradients.diagnosis?.mistakes).toMatchObject([
      { fault: 'loss-sign', layer: null },
      { fault: 'sign', layer: 2 },
    ]);
  });

  test.each([
    ['no gradients at all', ({ loss }: { loss: unknown }) => ({ loss }), ['W1', 'b1', 'W2', 'b2']],
    ['an empty list', ({ loss }: { loss: unknown }) => ({ loss, gradients: [] }), ['W1', 'b1', 'W2', 'b2']],
    ['no loss', ({ gradients }: { gradients: unknown }) => ({ gradients }), ['loss']],
  ])('%s: every missing tensor is listed', async (_name, spoil, missing) => {
    expect((await flawsOf(spoilt(spoil as never))).map(({ parameter }) => parameter)).toEqual(missing);
  });

  test('an extra layer, a wrong shape and rows of different lengths are reported', async () => {
    const more = spoilt(({ loss, gradients }) => ({ loss, gradients: [...gradients, gradients[0]] }));
    expect(await flawsOf(more)).toEqual([{ kind: 'shape', parameter: 'gradients', expected: [2], found: [3] }]);
    const other = (weights: unknown) =>
      spoilt(({ loss, gradients }) => ({ loss, gradients: [{ ...gradients[0], weights }, gradients[1]] }));
    expect(await flawsOf(other([[1, 2]]))).toEqual([
      { kind: 'shape', parameter: 'W1', expected: [5, 4], found: [1, 2] },
    ]);
    expect(await flawsOf(other([[1, 2], [3]]))).toEqual([
      { kind: 'shape', parameter: 'W1', expected: [5, 4], found: null },
    ]);
    expect(await flawsOf(other('many'))).toEqual([{ kind: 'shape', parameter: 'W1', expected: [5, 4], found: null }]);
  });

  test('flat and typed arrays are accepted like nested ones', async () => {
    const typed = spoilt(({ loss, gradients }) => ({
      loss,
      gradients: gradients.map(({ weights, bias }) => ({
        weights: Float64Array.from(weights.flat()),
        bias: new Float32Array(bias),
      })),
    }));
    expect((await onTrial(typed, SPEC)).gradients.verdict.kind).toBe('agree');
    const flat = spoilt(({ loss, gradients }) => ({
      loss,
      gradients: gradients.map(({ weights, bias }) => ({ weights: weights.flat(), bias })),
    }));
    expect((await onTrial(flat, SPEC)).gradients.verdict.kind).toBe('agree');
    const rows = spoilt(({ loss, gradients }) => ({
      loss,
      gradients: gradients.map(({ weights, bias }) => ({
        weights: weights.map((row: number[]) => Float64Array.from(row)),
        bias,
      })),
    }));
    expect((await onTrial(rows, SPEC)).gradients.verdict.kind).toBe('agree');
  });

  test.each([NaN, Infinity, undefined, null, '0.5', 3n])('%s in place of a number never agrees', async (value) => {
    const odd = spoilt(({ loss, gradients }) => {
      gradients[0].weights[2][1] = value as number;
      return { loss, gradients };
    });
    const { gradients } = await onTrial(odd, SPEC);
    expect(gradients.verdict.kind).toBe('disagree');
    expect(gradients.parameters[0]).toMatchObject({
      parameter: 'W1',
      index: [2, 1],
      usedOfBound: Infinity,
      left: 'candidate',
    });
  });

  test.each([undefined, null, 7, [1, 2], 'done'])('%s in place of an answer is refused', async (whole) => {
    await expect(
      onTrial(
        spoilt(() => whole),
        SPEC,
      ),
    ).rejects.toThrow(/own\.ts returned .* when asked for loss and gradients/);
  });
});

describe('not mistaken for a convention:', () => {
  const tolerant = (spoil: (bias: number[], B: number) => number[]): CandidateModule['default'] => {
    const own = spoilt(({ loss, gradients }, { inputs }) => ({
      loss,
      gradients: gradients.map(({ weights, bias }) => ({ weights, bias: spoil(bias, inputs.length) })),
    }));
    // it reads a missing bias as 0
    return ({ parameters, ...rest }) =>
      own({
        ...rest,
        parameters: parameters.map(({ weights, bias }) => ({
          weights,
          bias: (bias as number[] | undefined) ?? weights[0].map(() => 0),
        })),
      });
  };
  test('wrong bias gradients of a candidate that accepts a missing bias', async () => {
    const { gradients } = await onTrial(
      tolerant((bias, B) => bias.map((g) => g / B)),
      SPEC,
    );
    expect(gradients.looksLike).toEqual([]);
    expect(gradients.diagnosis?.mistakes).toMatchObject([{ fault: 'bias-averaged', layer: 'every' }]);
    expect(
      (
        await onTrial(
          tolerant((bias) => bias),
          SPEC,
        )
      ).gradients.verdict.kind,
    ).toBe('agree');
  });

  test('wrong outputs with a right loss and right gradients', async () => {
    const predict = ({ inputs }: { inputs: number[][] }) => inputs.map(() => [1, 0, 0]);
    const { gradients } = await onTrial({ default: tolerant((bias) => bias), predict }, SPEC);
    expect(gradients.verdict.kind).toBe('disagree');
    expect(gradients.looksLike).toEqual([]);
  });

  test('an array with four billion holes', async () => {
    const holes = spoilt(({ loss, gradients }) => {
      gradients[0].bias = new Array<number>(4e9);
      return { loss, gradients };
    });
    expect(await flawsOf(holes)).toEqual([{ kind: 'shape', parameter: 'b1', expected: [4], found: [4e9] }]);
  });
});

test('a module may be an object with methods', async () => {
  class Own {
    #right = right;
    default(problem: CandidateProblem) {
      return this.#right(problem);
    }
  }
  expect((await onTrial(new Own(), SPEC)).gradients.verdict.kind).toBe('agree');
});

describe('side effects of a candidate', () => {
  test('a change of its arguments is reported with the entry', async () => {
    const greedy = spoilt((answer, { parameters, inputs }) => {
      parameters[1].weights[2][0] += 1;
      inputs[0][1] = 9;
      return answer;
    });
    const [flaw, ...more] = await flawsOf(greedy);
    expect(more).toEqual([]);
    expect(flaw).toMatchObject({ kind: 'changed', parameter: 'W2', index: [2, 0] });
    const grown = spoilt((answer, { parameters }) => (parameters[0].bias.splice(0, 1), answer));
    expect((await flawsOf(grown))[0]).toMatchObject({ kind: 'changed', parameter: 'b1' });
  });

  test('a random answer is reported as random, not as a mistake', async () => {
    let calls = 0;
    const shaky = spoilt(({ loss, gradients }) => {
      if (++calls > 2) gradients[0].weights[0][0] += calls;
      return { loss, gradients };
    });
    expect((await flawsOf(shaky)).map(({ kind, parameter }) => `${kind} ${parameter}`)).toEqual(['unsteady W1']);
  });

  test('a loss that differs on the second call is reported, even with the same gradients', async () => {
    let calls = 0;
    const shaky = spoilt(({ loss, gradients }) => ({ loss: (loss as number) + calls++, gradients }));
    const { gradients } = await onTrial(shaky, SPEC);
    expect(gradients.differs).toMatchObject({ parameter: 'loss', index: [] });
    expect(gradients.verdict).toMatchObject({ kind: 'disagree', findings: [{ flaw: { kind: 'unsteady' } }, {}] });
  });

  test('an exception it throws is the cause of the error', async () => {
    const broken = () => {
      throw new TypeError('too early');
    };
    const error = await onTrial(broken, SPEC).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CandidateError);
    expect(error).toMatchObject({ message: 'own.ts threw TypeError: too early', cause: { message: 'too early' } });
  });
});

describe('a loss other than the declared one', () => {
  test('a gradient that is the slope of this loss is told from one that is not', async () => {
    const halves = (g: number[][] | number[]): unknown =>
      (g as number[]).map((x) => (Array.isArray(x) ? halves(x) : x / 2));
    const half = spoilt(({ loss, gradients }) => ({
      loss: (loss as number) / 2,
      gradients: gradients.map(({ weights, bias }) => ({ weights: halves(weights), bias: halves(bias) })),
    }));
    const first = (await onTrial(half, SPEC)).gradients;
    expect(first.verdict.kind).toBe('disagree');
    expect(first.ownLoss).toMatchObject({ kind: 'slope' });
    expect(first.diagnosis?.probed?.told.map(({ fix }) => fix)).toEqual([null]); // its gradient needs no fix
    const halvesAll = ({ weights, bias }: Layer): Layer => ({ weights: halves(weights), bias: halves(bias) }) as Layer;
    const wrong = spoilt(({ loss, gradients }) => {
      const [one, two] = gradients.map(halvesAll);
      return { loss: (loss as number) / 2, gradients: [{ ...one, bias: gradients[0].bias }, two] };
    });
    const second = (await onTrial(wrong, SPEC)).gradients;
    expect(second.ownLoss).toMatchObject({ kind: 'not-slope', first: { parameter: 'b1' } });
    const ofRightLoss = spoilt(({ loss, gradients: [one, two] }) => ({
      loss,
      gradients: [{ ...one, bias: halves(one.bias) }, two],
    }));
    const third = (await onTrial(ofRightLoss, SPEC)).gradients; // no slope of it: that need not be measured
    expect(third).toMatchObject({ verdict: { kind: 'disagree' }, ownLoss: null });
  });

  test.each([3, 30, 60])('a loss close to 0 is not reported as wrong (scores %i times as large)', async (k) => {
    const one = network(4, [], 'relu', 2, 'softmax', 'cross-entropy');
    const larger: CandidateModule['default'] = async ({ network: spec, parameters, inputs, targets }) => {
      const times = parameters.map(({ weights, bias }) => ({
        weights: weights.map((row) => row.map((w) => k * w)),
        bias: bias.map((b) => k * b),
      }));
      const { loss, gradients } = await right({ network: spec, parameters: times, inputs, targets });
      const slope = (g: number[][] | number[]): unknown =>
        (g as number[]).map((x) => (Array.isArray(x) ? slope(x) : k * x));
      return {
        loss,
        gradients: (gradients as Layer[]).map(({ weights, bias }) => ({ weights: slope(weights), bias: slope(bias) })),
      } as never;
    };
    for (const seed of [1, 2, 3, 4, 5]) {
      const { ownLoss } = (await onTrial(larger, one, { seed, B: 1 })).gradients;
      expect(ownLoss?.kind).not.toBe('not-slope');
    }
  });
});

describe('the optimizer and the outputs', () => {
  const adam = optimizerSpec('adam', { learningRate: 0.01 });
  /** Adam in plain arrays (Kingma & Ba 2015, Algorithm 1); the caller keeps its moments. */
  const applyGradients: NonNullable<CandidateModule['applyGradients']> = ({
    optimizer: o,
    parameters,
    gradients,
    step,
    state,
  }) => {
    const flat = (layers: typeof parameters): number[] =>
      layers.flatMap(({ weights, bias }) => [...weights.flat(), ...bias]);
    const [w, g] = [flat(parameters), flat(gradients)];
    const { m, v } = (state as { m: number[]; v: number[] } | undefined) ?? { m: g.map(() => 0), v: g.map(() => 0) };
    const next = {
      m: m.map((x, i) => o.beta1 * x + (1 - o.beta1) * g[i]),
      v: v.map((x, i) => o.beta2 * x + (1 - o.beta2) * g[i] ** 2),
    };
    const rate = (o.learningRate * Math.sqrt(1 - o.beta2 ** step)) / (1 - o.beta1 ** step);
    let at = 0;
    const updated = (_: number): number => {
      const value = w[at] - (rate * next.m[at]) / (Math.sqrt(next.v[at]) + o.epsilon * Math.sqrt(1 - o.beta2 ** step));
      at++;
      return value;
    };
    return {
      parameters: parameters.map(({ weights, bias }) => ({
        weights: weights.map((row) => row.map(updated)),
        bias: bias.map(updated),
      })),
      state: next,
    };
  };

  test("the candidate's own optimizer is checked and reported as its own", async () => {
    const { updates, candidate } = await onTrial({ default: right, applyGradients }, SPEC, { optimizer: adam });
    expect(updates.verdict.kind).toBe('agree');
    expect(candidate.filledIn).toEqual(['predict']);
  });

  test('a wrong optimizer is found and named', async () => {
    const forgetful: typeof applyGradients = (update) => applyGradients({ ...update, step: 1e9 });
    const { gradients, updates } = await onTrial({ default: right, applyGradients: forgetful }, SPEC, {
      optimizer: adam,
    });
    expect(gradients.verdict.kind).toBe('agree');
    expect(updates.diagnosis?.mistakes.map(({ fault }) => fault)).toEqual(['adam-no-bias-correction']);
  });

  test("without its own, backproof's optimizer works from the candidate's numbers", async () => {
    const engine = engineOf(right, SPEC);
    expect(engine.filledIn).toEqual(['applyGradients', 'predict']);
    const start = startOf(SPEC);
    await engine.load(start);
    const batch = randomBatch(SPEC, 4);
    const { gradients } = await engine.lossAndGradients(batch);
    await engine.trainStep(batch);
    const [before, step, after] = [start, gradients, await engine.parameters()].map(namedTensors);
    after.forEach(({ values }, t) =>
      values.forEach((w, i) => expect(w).toBeCloseTo(before[t].values[i] - 0.05 * step[t].values[i], 12)),
    );
  });

  test('outputs that differ from those of the network are found', async () => {
    const predict = ({ inputs }: { inputs: number[][] }) => inputs.map(() => [1, 0, 0]);
    const { gradients } = await onTrial({ default: right, predict }, SPEC);
    expect(gradients.outputs.left).toBe('candidate');
    expect(gradients.parameters.every(({ left }) => left === null)).toBe(true);
  });
});
