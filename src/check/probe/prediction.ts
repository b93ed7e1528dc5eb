// What an engine predicts where its loss and gradients are right: its predictions have a forward
// pass of their own, which differs in one thing.
import { hasBias, outputs } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { log } from '../../numeric/elementary.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { activate } from '../../ops/backward-rules.ts';
import { activationPages } from '../../ops/registry.ts';
import { generalPoint } from '../slopes/general-point.ts';
import type { GeneralPoint } from '../slopes/general-point.ts';
import type { Asker } from './asker.ts';
import { STATISTICS } from './batch/statistics.ts';
import { areClose } from './close.ts';
import { formatNumber } from './operations/fit.ts';
import { isDense, passes } from './pass/pass.ts';
import type { Changes } from './pass/pass.ts';
import { entries } from './pass/rows.ts';
import type { Told } from './told.ts';

/** A forward pass that is not the right one. */
interface Form {
  /** "those of 0.8 · a1 in place of a1": what the outputs are. */
  readonly text: string;
  /** The outputs (B, K). */
  readonly at: (point: GeneralPoint) => Matrix;
}

/** Examples of a point: more than one, for what a batch has in common. */
const EXAMPLES = [4, 7];

/**
 * What the predictions of an engine are made of. Throws ENOUGH.
 * @returns null if no form gives them at fresh points, or if they are right there
 */
export async function probePrediction(network: NetworkSpec, asker: Asker, oneHot: boolean): Promise<Told | null> {
  if (!isDense(network)) return null;
  const points = EXAMPLES.map((B) => generalPoint(network, B, oneHot));
  const found: Float64Array[] = [];
  for (const { parameters, batch } of points) found.push(doubles(await asker.predictions(parameters, batch.inputs)));
  const last = network.layers.length - 1;
  const right: Form['at'] = ({ parameters, batch }) => passes(network, parameters, batch).a[last];
  const gives = (at: Form['at']): boolean => points.every((point, n) => areClose(found[n], doubles(at(point))));
  if (gives(right)) return null;
  const form = formsOf(network).find(({ at }) => gives(at));
  if (form === undefined) return null;
  return {
    kind: 'operation',
    place: `a${network.layers.length}`,
    text: `The outputs that are predicted are ${form.text}. Only they are wrong: the loss and the gradients are right.`,
    used: null,
    right: null,
    fix: 'predict with the forward pass that the loss is computed with',
  };
}

const doubles = ({ data }: Matrix): Float64Array => Float64Array.from(data);

function formsOf(network: NetworkSpec): Form[] {
  const last = network.layers.length - 1;
  const { activation } = network.layers[last];
  const changed = (text: string, changes: Changes): Form => ({
    text,
    at: ({ parameters, batch }) => passes(network, parameters, batch, changes).a[last],
  });
  const ofScores = (text: string, of: (z: Matrix, a: Matrix) => Matrix): Form => ({
    text,
    at({ parameters, batch }) {
      const { z, a } = passes(network, parameters, batch);
      return of(z[last], a[last]);
    },
  });
  const hidden = Array.from({ length: last }, (_, l) => l + 1); // layers whose inputs are activations
  const all = network.layers.map((_, l) => l);
  const only = (at: readonly number[], of: (m: Matrix) => Matrix) => (l: number, m: Matrix) =>
    at.includes(l) ? of(m) : m;
  const scaled = (names: string, at: readonly number[]): Form[] =>
    FACTORS.map((c) =>
      changed(`those of ${formatNumber(c)} times ${names}`, { enters: only(at, (m) => entries(m, (x) => c * x)) }),
    );
  const withoutBias = (names: string, at: readonly number[]): Form => ({
    text: `those of scores without ${names}`,
    at: ({ parameters, batch }) =>
      passes(
        network,
        parameters.map((one) =>
          one.role === 'bias' && at.includes(one.layer - 1) ? { ...one, values: one.values.map(() => 0) } : one,
        ),
        batch,
      ).a[last],
  });
  const withBias = all.filter((l) => hasBias(network, l));
  return [
    ofScores(`the scores z${last + 1}, without ${activation}`, (z) => z),
    ...(outputs(network) > 1
      ? [ofScores('1 for the largest output, 0 for the others', (_z, a) => largestOfRows(a))]
      : []),
    ofScores('the logarithm of the outputs', (_z, a) => entries(a, log)),
    ofScores('rounded to 0 or 1', (_z, a) => entries(a, (p) => (p > 0.5 ? 1 : 0))),
    ...activationPages()
      .filter(({ id }) => id !== activation)
      .map((page) => ofScores(`those of ${page.id} in place of ${activation}`, (z) => activated(page.id, z))),
    ...hidden.flatMap((l) => scaled(`a${l}`, [l])),
    ...(hidden.length > 1 ? scaled('the activations of every hidden layer', hidden) : []),
    ...scaled('x', [0]),
    ...hidden.flatMap((l) => otherActivations(network, l - 1)),
    ...withBias.map((l) => withoutBias(`b${l + 1}`, [l])),
    ...(withBias.length > 1 ? [withoutBias('any bias', withBias)] : []),
    ...all.flatMap((l) => {
      const name = l === 0 ? 'x' : `a${l}`;
      return STATISTICS.map(({ text, of }) =>
        changed(`those of a forward pass in which ${text(name)}`, { enters: only([l], of) }),
      );
    }),
  ];
}

/** Another elementwise activation in layer l (from 0). */
function otherActivations(network: NetworkSpec, l: number): Form[] {
  const own = network.layers[l].activation;
  const others = activationPages().filter(({ id, kind }) => kind === 'elementwise' && id !== own);
  return others.map(({ id }): Form => {
    const layers = network.layers.map((layer, n) => (n === l ? { ...layer, activation: id as typeof own } : layer));
    return {
      text: `those of ${id} in place of ${own} in layer ${l + 1}`,
      at: ({ parameters, batch }) => passes({ ...network, layers }, parameters, batch).a[layers.length - 1],
    };
  });
}

/** Shares that dropout keeps, their inverses, and what inputs are divided by. */
const KEPT = [0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];
const FACTORS = [...KEPT, ...KEPT.map((c) => 1 / c), 1 / 255, 255];

function activated(id: string, z: Matrix): Matrix {
  const a = zeros('f64', z.rows, z.cols);
  activate(id, a, z);
  return a;
}

function largestOfRows(a: Matrix): Matrix {
  return entries(a, (_, i) => {
    const from = i - (i % a.cols);
    const row = a.data.subarray(from, from + a.cols);
    return row.indexOf(Math.max(...row)) === i - from ? 1 : 0;
  });
}
