// Conventions: a network that follows the ones it declares agrees; if it does not declare them, the
// check says which ones it seems to follow.
import { describe, expect, test } from 'vitest';
import { remembering, variantsOf } from '../../src/candidates/conventions/variants.ts';
import { CONVENTIONS, DEFAULT_CONVENTIONS, conventionsOf } from '../../src/candidates/conventions/conventions.ts';
import type { DeclaredConventions } from '../../src/candidates/conventions/conventions.ts';
import { lasting } from '../../src/candidates/process/lasting.ts';
import { CandidateError, DataError } from '../../src/errors.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { ownNetwork } from './own-network.ts';
import { engineOf, onTrial } from './trial.ts';

const CROSS_ENTROPY = network(5, [4], 'tanh', 3, 'softmax', 'cross-entropy');
const SQUARED = network(5, [4, 3], 'tanh', 3, 'linear', 'mse');

/** Every choice of every convention except the defaults, and some combinations. */
const SINGLE = Object.entries(CONVENTIONS).flatMap(([name, [, ...others]]) =>
  others.map((choice) => ({ [name]: choice })),
);
const TOGETHER: DeclaredConventions[] = [
  { weights: 'units-inputs', examples: 'columns', biases: 'column' },
  { gradients: 'sum', loss: 'sum', targets: 'classes' },
  { examples: 'one', targets: 'classes', biases: 'row' },
  { arrays: 'typed', weights: 'units-inputs', biases: 'row' },
  { arrays: 'typed', examples: 'columns', targets: 'classes' },
  { squaredError: 'half-sum', gradients: 'sum', biases: 'none' },
  { biases: 'last-row', gradients: 'sum' },
  { biases: 'first-column', examples: 'columns' },
  { biases: 'first-row', arrays: 'typed' },
];
const ALL = [{}, ...SINGLE, ...TOGETHER].map((follows) => ({ follows, text: JSON.stringify(follows) }));

describe.each([
  ['cross-entropy', CROSS_ENTROPY],
  ['mse', SQUARED],
] as const)('%s', (loss, spec) => {
  test.each(ALL)('$text agrees if declared', async ({ follows }) => {
    const { gradients, updates } = await onTrial({ default: ownNetwork(follows), conventions: follows }, spec);
    expect(gradients.verdict).toMatchObject({ kind: 'agree' });
    expect(gradients.oracleCheck?.verdict.kind).toBe('agree');
    expect(updates.verdict.kind).not.toBe('disagree');
    expect(gradients.entries).toBe(
      spec.layers.reduce((sum, { units }, l) => sum + ((l === 0 ? 5 : spec.layers[l - 1].units) + 1) * units, 0),
    );
  });

  // how numbers are stored cannot be found wrong, and cross-entropy has no squares
  const telling = ALL.filter(({ follows }) => {
    const names = Object.keys(follows).filter((name) => name !== 'dtype' && name !== 'arrays');
    return names.length > 0 && !('arrays' in follows) && (loss === 'mse' || !names.includes('squaredError'));
  });
  test.each(telling)('$text is suggested if not declared', async ({ follows }) => {
    const trial = onTrial({ default: ownNetwork(follows) }, spec);
    const said = await trial.then(
      ({ gradients }) => (expect(gradients.verdict.kind).toBe('disagree'), JSON.stringify(gradients.looksLike)),
      (error: Error & { hint?: string }) => error.hint ?? '',
    );
    for (const [name, choice] of Object.entries(follows))
      expect(said.replaceAll('"', '')).toMatch(new RegExp(`${name}: ?'?${choice}`));
  });
});

test('no convention is suggested for a right network, nor for one with a mistake', async () => {
  expect((await onTrial(ownNetwork({}), CROSS_ENTROPY)).gradients.looksLike).toEqual([]);
  const wrong = ownNetwork({});
  const halved: typeof wrong = async (problem) => {
    const { loss, gradients } = await wrong(problem);
    return { loss, gradients: gradients.map((layer, l) => (l === 0 ? { ...layer, weights: [[0]] } : layer)) };
  };
  expect((await onTrial(halved, CROSS_ENTROPY)).gradients.looksLike).toEqual([]);
});

test('biases are a row of one layout of weights, or a column of the other', () => {
  expect(conventionsOf({ biases: 'last-column' }, 'own.ts')).toMatchObject({ weights: 'units-inputs' });
  expect(conventionsOf({ biases: 'first-row' }, 'own.ts')).toMatchObject({ weights: 'inputs-units' });
  const contradiction = { biases: 'last-row', weights: 'units-inputs' };
  expect(() => conventionsOf(contradiction, 'own.ts: conventions')).toThrow(
    "own.ts: conventions: biases: 'last-row' needs weights: 'inputs-units', got 'units-inputs'",
  );
});

describe('biases inside the weights', () => {
  /** The biases are the last row of dW; their gradient is divided by B twice. */
  const averaged: ReturnType<typeof ownNetwork> = async (problem) => {
    const { loss, gradients } = await ownNetwork({ biases: 'last-row' })(problem);
    const layers = gradients.map((layer) => {
      const rows = layer?.weights as number[][];
      const last = rows.length - 1;
      return { weights: rows.map((row, r) => (r === last ? row.map((g) => g / problem.inputs.length) : row)) };
    });
    return { loss, gradients: layers };
  };

  test('a mistake is named, and its place is told as that of biases', async () => {
    const { gradients } = await onTrial(
      { default: averaged, conventions: { biases: 'last-row' as const } },
      CROSS_ENTROPY,
    );
    expect(gradients.diagnosis?.mistakes).toMatchObject([{ fault: 'bias-averaged', layer: 'every' }]);
    expect(gradients.firstWrong.candidate?.name).toBe('db2');
  });

  test('where they are not declared, a mistake does not hide them', async () => {
    const error = await onTrial(averaged, CROSS_ENTROPY).then(
      () => null,
      (thrown: CandidateError) => thrown,
    );
    expect(error?.hint).toMatch(/declares conventions = \{ biases: 'last-row' \}.*dW1, dW2/);
  });

  test('a layer that is missing has neither gradient, and one of another shape neither', async () => {
    const own = ownNetwork({ biases: 'last-row' });
    const without = (weights: number[][] | null) => async (problem: Parameters<typeof own>[0]) => {
      const { loss, gradients } = await own(problem);
      return { loss, gradients: [weights === null ? null : { weights }, ...gradients.slice(1)] };
    };
    for (const [weights, kind] of [
      [null, 'missing'],
      [[[1, 2]], 'shape'],
    ] as const) {
      const module = { default: without(weights as number[][] | null), conventions: { biases: 'last-row' as const } };
      const engine = engineOf(module, CROSS_ENTROPY);
      await engine.load(startOf(CROSS_ENTROPY));
      await engine.lossAndGradients(randomBatch(CROSS_ENTROPY, 2));
      expect(engine.flaws()).toMatchObject([
        { kind, parameter: 'W1' },
        { kind, parameter: 'b1' },
      ]);
    }
  });
});

test('the variants are all combinations, the declared one and those with the fewest changes first', () => {
  const all = variantsOf(DEFAULT_CONVENTIONS, CROSS_ENTROPY);
  expect(all).toHaveLength(2 * (4 + 2) * 3 * 2 * 2 * 2); // biases in rows, or in columns
  expect(all[0].conventions).toEqual(DEFAULT_CONVENTIONS);
  expect(variantsOf(DEFAULT_CONVENTIONS, SQUARED)).toHaveLength(3 * 288);
  const changes = all.map((one) => one.changes);
  expect(changes).toEqual(changes.toSorted((a, b) => a - b));
});

test('all trials share one candidate until it ends, then a new one; ended ones are closed', async () => {
  const ports: { asked: number; alive: boolean; closed: boolean }[] = [];
  const ask = remembering(async () => {
    const port = { asked: 0, alive: true, closed: false };
    ports.push(port);
    return {
      description: { name: 'own', conventions: {}, can: ['gradients'], versions: {} },
      ask: async () => ({ answer: port.asked++, changed: null }),
      alive: () => port.alive,
      close: async () => void (port.closed = true),
    };
  });
  const request = {
    request: 'predict',
    network: CROSS_ENTROPY,
    parameters: [],
    inputs: { shape: [0], data: new Float64Array() },
  } as const;
  for (const [way, alive] of [
    ['rows', true],
    ['columns', false],
    ['one', true],
    ['rows', true], // a known answer
  ] as const) {
    const port = await ask(way);
    await port.ask(request, 'nested');
    await port.close();
    ports[0].alive = alive && ports[0].alive;
  }
  expect(ports).toEqual([
    { asked: 2, alive: false, closed: true },
    { asked: 1, alive: true, closed: false },
  ]);
});

describe('one process for a whole run', () => {
  const opened: string[] = [];
  const stand = () => {
    const name = String(opened.push('opened'));
    let [alive, busy] = [true, false];
    return {
      description: { name, conventions: {}, can: ['gradients' as const], versions: {} },
      async ask(_request: unknown, _arrays: unknown, seconds?: number) {
        if (busy) throw new Error('asked two things at once');
        busy = true;
        await new Promise((resolve) => setTimeout(resolve, 5));
        busy = false;
        if (seconds === 0) {
          alive = false;
          throw new CandidateError('it ends');
        }
        return { answer: name, changed: null };
      },
      alive: () => alive,
      close: async () => void opened.push(`closed ${name}`),
    };
  };
  const question = [{} as never, 'nested'] as const;

  test('serves all callers one at a time, and is opened again if it has ended', async () => {
    const { port, close } = lasting(async () => stand());
    const [first, second] = [await port(), await port()];
    const both = await Promise.all([first.ask(...question), second.ask(...question), first.ask(...question)]);
    expect(both.map(({ answer }) => answer)).toEqual(['1', '1', '1']);
    await first.close();
    expect((await second.ask(...question)).answer).toBe('1');
    const last = await port(0);
    await expect(last.ask(...question)).rejects.toThrow('it ends');
    const third = await port();
    expect((await third.ask(...question)).answer).toBe('3');
    await close();
    expect(opened).toEqual(['opened', 'closed 1', 'opened', 'closed 3']);
  });

  test('that cannot be opened is tried again by the next caller', async () => {
    let times = 0;
    const { port, close } = lasting(async () => {
      if (times++ === 0) throw new CandidateError('not yet');
      return stand();
    });
    await expect(port()).rejects.toThrow('not yet');
    await port();
    await close();
    expect(times).toBe(2);
  });
});

test('an unknown declaration is refused with its place and the choices', () => {
  const refused = (declared: unknown): string => {
    try {
      conventionsOf(declared, 'own.ts: conventions');
    } catch (error) {
      expect(error).toBeInstanceOf(DataError);
      return (error as Error).message;
    }
    return 'accepted';
  };
  expect(refused({ weights: 'sideways' })).toMatch(/own\.ts: conventions: weights: .*inputs-units.*units-inputs/);
  expect(refused({ weigths: 'units-inputs' })).toMatch(/own\.ts: conventions: .*weigths/);
  expect(refused('sum')).toMatch(/own\.ts: conventions/);
  expect(conventionsOf(undefined, '')).toEqual(DEFAULT_CONVENTIONS);
});

test('targets that are not classes cannot be passed as class numbers', async () => {
  const engine = engineOf({ default: ownNetwork({}), conventions: { targets: 'classes' } }, CROSS_ENTROPY);
  await engine.load(startOf(CROSS_ENTROPY));
  const batch = randomBatch(CROSS_ENTROPY, 2);
  batch.targets.data.fill(1 / 3);
  await expect(engine.lossAndGradients(batch)).rejects.toThrow(/targets row 0 is not one-hot/);
});
