// Numbers that are rounded too far are told with how far; right ones, small errors of another kind
// and numbers that are missing are not.
import { describe, expect, test } from 'vitest';
import { compareAll } from '../../../src/check/gradients/results.ts';
import { probeGradients } from '../../../src/check/probe/probe.ts';
import type { Told } from '../../../src/check/probe/told.ts';
import { answersOf } from '../../../src/check/questions/ask.ts';
import { questionsOf } from '../../../src/check/questions/protocol.ts';
import { UNWATCHED } from '../../../src/check/watch.ts';
import { randomBatch, startOf } from '../../fixtures.ts';
import { SPEC, computed, each, engineOf, stepping } from './mlp.ts';
import type { Answer, Candidate, Rows, Weights } from './mlp.ts';

type Round = (x: number) => number;

const floats = new Float32Array(1);
const words = new Uint32Array(floats.buffer);

/** The upper half of the bits of a binary32 number. */
const bfloat16: Round = (x) => {
  floats[0] = x;
  words[0] = (words[0] + 0x7fff + ((words[0] >> 16) & 1)) & 0xffff0000;
  return floats[0];
};

/** 10 bits after the first: what is added pushes the others out. */
const half: Round = (x) => {
  const large = Math.abs(x) * (2 ** 42 + 1); // Veltkamp's splitting of 53 bits
  const high = large - (large - Math.abs(x));
  return Math.sign(x) * high;
};
const decimals =
  (k: number): Round =>
  (x) =>
    Number(x.toFixed(k));
const digits =
  (k: number): Round =>
  (x) =>
    Number(x.toPrecision(k));
const cut: Round = (x) => Math.trunc(x * 1e4) / 1e4;

async function told(candidate: Candidate): Promise<readonly Told[]> {
  const engine = engineOf(candidate);
  const questions = questionsOf(SPEC, startOf(SPEC), randomBatch(SPEC, 4, 1));
  const answers = await answersOf(engine, questions);
  const results = compareAll(
    questions,
    { candidate: answers, reference: answers },
    { candidate: 'f64', reference: 'f64' },
  );
  const probed = await probeGradients({ network: SPEC, engine, side: 'candidate', results, watch: UNWATCHED });
  return probed.told;
}

const texts = async (candidate: Candidate): Promise<string[]> => (await told(candidate)).map(({ text }) => text);

const mapped = ({ W1, b1, W2, b2 }: Weights, round: Round, names = ['W1', 'b1', 'W2', 'b2']): Weights => {
  const of = (name: string): Round => (names.includes(name) ? round : (x) => x);
  return {
    W1: each(W1, of('W1')),
    b1: b1.map((x) => of('b1')(x)),
    W2: each(W2, of('W2')),
    b2: b2.map((x) => of('b2')(x)),
  };
};

const returned = (round: Round, names?: string[]): Candidate => ({
  gradients: (w, x, t): Answer => ({ ...computed(w, x, t), ...mapped(computed(w, x, t), round, names) }),
});
const parameters = (round: Round): Candidate => ({ gradients: (w, x, t) => computed(mapped(w, round), x, t) });
const inputs = (round: Round): Candidate => stepping({ enter: (x: Rows) => each(x, round) });
const dz1 = (round: Round): Candidate => stepping({ dz1: (dz: Rows) => each(dz, round) });

describe('told', () => {
  test.each<[string, Candidate, string]>([
    ['half', returned(half), 'All gradients are rounded to 11 significant bits (half precision, float16).'],
    ['bfloat16', returned(bfloat16), 'All gradients are rounded to 8 significant bits (bfloat16).'],
    [
      'of weights alone',
      returned(half, ['W1', 'W2']),
      'dW1 and dW2 are rounded to 11 significant bits (half precision, float16).',
    ],
    ['of one tensor', returned(decimals(4), ['W2']), 'dW2 is rounded to 4 decimals.'],
    ['decimals', returned(decimals(3)), 'All gradients are rounded to 3 decimals.'],
    ['digits', returned(digits(3)), 'All gradients are rounded to 3 significant digits.'],
    ['cut off', returned(cut), 'All gradients are cut off after 4 decimals.'],
    ['multiples', returned((x) => Math.round(x * 512) / 512), 'All gradients are rounded to multiples of 1/512.'],
    [
      'parameters',
      parameters(half),
      'Parameters are rounded to 11 significant bits (half precision, float16) before they are used.',
    ],
    [
      'few decimals of parameters',
      parameters(decimals(2)),
      'Parameters are rounded to 2 decimals before they are used.',
    ],
    ['inputs', inputs(bfloat16), 'Inputs are rounded to 8 significant bits (bfloat16) before they are used.'],
    [
      'both',
      {
        gradients: (w, x, t) => ({
          loss: computed(mapped(w, half), x, t).loss,
          ...mapped(computed(mapped(w, half), x, t), half),
        }),
      },
      'Parameters are rounded to 11 significant bits (half precision, float16) before they are used, all gradients after that too.',
    ],
    ['dz', dz1(bfloat16), 'In a batch of one: dz1 is the right dz1, rounded to 8 significant bits (bfloat16).'],
  ])('%s', async (_, candidate, text) => {
    expect(await texts(candidate)).toEqual([text]);
  });

  test('without a formula in use, at the highest wrong layer', async () => {
    const [only] = await told(returned(half, ['W1', 'W2']));
    expect(only).toMatchObject({ place: 'dW2', used: null, right: null });
  });
});

describe('not told as rounded', () => {
  test.each<[string, Candidate]>([
    ['right', returned((x) => x)],
    ['single precision', returned(Math.fround)],
    ['missing', returned(() => 0, ['W2'])],
    ['a factor', returned((x) => 1.001 * x)],
    ['the sign', returned(Math.sign)],
    ['rounded to 3 decimals, of twice the right ones', returned((x) => decimals(3)(2 * x))],
    ['rounded in one entry alone', returned((x) => (Math.abs(x) > 0.05 ? decimals(3)(x) : x), ['W1'])],
  ])('%s', async (_, candidate) => {
    expect((await texts(candidate)).join()).not.toMatch(/rounded|cut off/);
  });
});
