// Fuzzing functions and layers with arguments that their author draws.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { UNWATCHED } from '../../src/check/watch.ts';
import { checkGradient } from '../../src/check/function/check-gradient.ts';
import { checkLayer } from '../../src/check/function/check-layer.ts';
import { drawWith, literalOf, smallerChoices } from '../../src/fuzz/arguments/choices.ts';
import type { Draws } from '../../src/fuzz/arguments/choices.ts';
import { judgeArguments, smallestArguments } from '../../src/fuzz/arguments/fuzz-function.ts';
import type { Drawn, FunctionSubject } from '../../src/fuzz/arguments/fuzz-function.ts';

type Matrix = number[][];

function drawLayer(random: Draws): Drawn {
  const [B, I, O] = [random.integer(1, 6), random.integer(1, 6), random.integer(1, 6)];
  return { inputs: random.numbers(B, I), parameters: { W: random.numbers(I, O), b: random.numbers(O) } };
}

/** A dense layer; `spoil` changes the gradient of its weights. */
function dense(spoil: (dW: Matrix, examples: number) => Matrix = (dW) => dW): FunctionSubject {
  type P = { W: Matrix; b: number[] };
  const layer = {
    forward: (x: unknown, p: unknown) =>
      (x as Matrix).map((row) =>
        (p as P).b.map((bj, j) => row.reduce((sum, xi, i) => sum + xi * (p as P).W[i][j], bj)),
      ),
    backward(dOutputs: unknown, inputs: unknown, p: unknown) {
      const [dy, x, { W, b }] = [dOutputs as Matrix, inputs as Matrix, p as P];
      const dW = W.map((row, i) => row.map((_, j) => x.reduce((sum, xn, n) => sum + xn[i] * dy[n][j], 0)));
      return {
        inputs: x.map((row, n) => row.map((_, i) => dy[n].reduce((sum, d, j) => sum + d * W[i][j], 0))),
        parameters: { W: spoil(dW, x.length), b: b.map((_, j) => dy.reduce((sum, row) => sum + row[j], 0)) },
      };
    },
  };
  return { draw: drawLayer, check: ({ inputs, parameters }) => checkLayer(layer, { inputs, parameters }) };
}

async function firstWrong(subject: FunctionSubject, runs: number): Promise<number | null> {
  for (let seed = 1; seed <= runs; seed++)
    if ((await judgeArguments(subject, seed)).outcome.kind === 'wrong') return seed;
  return null;
}

describe('choices', () => {
  it('are the same for the same seed, and can be made again', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { drawn, choices } = drawWith(drawLayer, seed);
        expect(drawWith(drawLayer, seed).drawn).toEqual(drawn);
        expect(drawWith(drawLayer, seed + 1, choices).drawn).toEqual(drawn);
      }),
      { seed: 1, numRuns: 30 },
    );
  });

  it('that are smaller draw arguments that fit together', () => {
    const { choices } = drawWith(drawLayer, 10);
    const smaller = [...smallerChoices(choices)].map((one) => drawWith(drawLayer, 10, one).drawn);
    expect(smaller.length).toBeGreaterThan(5);
    for (const { inputs, parameters } of smaller) {
      const { W, b } = parameters as { W: Matrix; b: number[] };
      expect([(inputs as Matrix)[0].length, b.length]).toEqual([W.length, W[0].length]);
    }
  });

  it('out of range are refused', () => {
    expect(() => drawWith((random) => random.integer(3, 2), 1)).toThrow('integer: expected two whole numbers');
    expect(() => drawWith((random) => random.numbers(1e4, 1e4), 1)).toThrow('numbers: expected lengths of together');
    expect(() => drawWith((random) => random.pick([]), 1)).toThrow('pick: expected at least one choice');
  });
});

test('arguments are written as JavaScript that is the same', () => {
  const value = {
    a: [[0.1, -2], []],
    'b c': Float32Array.of(0.5, 3),
    d: [{ e: -0, f: 'g', h: [NaN, Infinity] }],
    i: ['j"k', "l'm\\n", 'o\n', true, null],
  };
  expect(new Function(`return (${literalOf(value)})`)()).toEqual(value); // eslint-disable-line
  expect(() => literalOf({ f: () => 1 })).toThrow('a function among the arguments cannot be written to a file');
});

describe('a layer that is wrong for some shapes', () => {
  const transpose = (m: Matrix): Matrix => m[0].map((_, j) => m.map((row) => row[j]));
  it.each([
    ['square weights', (dW: Matrix) => (dW.length === dW[0].length ? transpose(dW) : dW), [1, 2, 2]],
    ['three examples', (dW: Matrix, B: number) => (B === 3 ? dW.map((row) => row.map((d) => 2 * d)) : dW), [3, 1, 1]],
    ['five units', (dW: Matrix) => dW.map((row) => row.map((d, j) => (j > 3 ? 0 : d))), [1, 1, 5]],
  ])('%s: is found, at the smallest arguments', async (_name, spoil, [B, I, O]) => {
    const subject = dense(spoil);
    const seed = await firstWrong(subject, 300);
    expect(seed).not.toBeNull();
    const { check, literals } = await smallestArguments(subject, seed as number, UNWATCHED);
    expect(check?.verdict).toBe('disagree');
    expect(check?.tensors.map(({ path, shape, verdict }) => [path, shape, verdict])).toEqual([
      ['inputs', [B, I], 'agree'],
      ['parameters.W', [I, O], 'disagree'],
      ['parameters.b', [O], 'agree'],
    ]);
    expect(Object.values(literals).join('').length).toBeLessThan(150);
  });

  it('is silent where it is right', async () => {
    expect(await firstWrong(dense(), 40)).toBeNull();
  });
});

test('a function that throws, or is at a kink, is not called wrong', async () => {
  const draw = (random: Draws): Drawn => ({ parameters: [random.uniform(-1, 1)] });
  const root: FunctionSubject = {
    draw,
    check: ({ parameters }) =>
      checkGradient(([x]: number[]) => Math.sqrt(x), {
        at: parameters as number[],
        gradient: ([x]: number[]) => [0.5 / Math.sqrt(x)],
      }),
  };
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 10; seed++) kinds.add((await judgeArguments(root, seed)).outcome.kind);
  expect([...kinds].toSorted()).toEqual(['refused', 'right']);
});
