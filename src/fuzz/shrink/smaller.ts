// Smaller networks and batches than a given one, the boldest first. Whether they still fail is not
// known here.
import { layersOf, sizeOf } from '../../network/spec.ts';
import { isPossible } from '../draw.ts';
import type { Problem } from '../draw.ts';
import { networkFrom } from '../space.ts';
import { simplerOptimizers } from '../training.ts';
import { withNumbersOf } from './numbers.ts';

/** A network as plain fields that can be changed. */
interface Plain {
  inputs: number;
  inputShape?: number[];
  layers: Record<string, unknown>[];
  loss: string;
  penalties?: object[];
}

/** A number of the network or the batch that may be smaller. */
interface Size {
  readonly value: number;
  readonly set: (plain: Plain, value: number) => void;
  /** Examples: not in the network. */
  readonly isBatch: boolean;
}

interface Others {
  readonly B?: number;
  readonly from?: number;
  readonly origin?: readonly number[];
}

type Make = (change: (plain: Plain) => void, others?: Others) => Problem | null;

/** Fields of layers that are sizes. */
const FIELDS = ['units', 'filters', 'kernel', 'size', 'stride'] as const;

/** @param classes whether every target must be a class */
export function* smaller(problem: Problem, classes: boolean): Generator<Problem> {
  const make = making(problem, classes);
  yield* existing(simplerAround(problem, make));
  yield* existing(fewerLayers(problem, make));
  yield* existing(smallerSizes(problem, make));
  yield* existing(simplerPieces(problem, make));
}

function* existing(all: Iterable<Problem | null>): Generator<Problem> {
  for (const one of all) if (one !== null) yield one;
}

function making(problem: Problem, classes: boolean): Make {
  const { network } = problem;
  return (change, { B = problem.batch.inputs.rows, from = 0, origin = network.layers.map((_, l) => l) } = {}) => {
    const plain = structuredClone(network) as unknown as Plain;
    change(plain);
    if (plain.inputShape !== undefined) plain.inputs = sizeOf(plain.inputShape);
    const smallerNetwork = networkFrom(plain);
    return isPossible(smallerNetwork) ? withNumbersOf(problem, smallerNetwork, { origin, B, from, classes }) : null;
  };
}

/** No penalties, a plainer optimizer, and fewer steps. */
function* simplerAround(problem: Problem, make: Make): Generator<Problem | null> {
  const { network, optimizer, steps } = problem;
  if (network.penalties !== undefined) yield make((plain) => delete plain.penalties);
  for (const fewer of below(steps)) yield { ...problem, steps: fewer };
  for (const simpler of simplerOptimizers(optimizer)) yield { ...problem, optimizer: simpler };
}

/** The last layer alone; then without one of the others. */
function* fewerLayers({ network }: Problem, make: Make): Generator<Problem | null> {
  const last = network.layers.length - 1;
  const all = network.layers.map((_, l) => l);
  const keeping = (kept: readonly number[]): Problem | null =>
    make(
      (plain) => {
        plain.layers = kept.map((l) => plain.layers[l]);
        const readsPictures = layersOf(network).some(({ page }, l) => page.reads === 'picture' && kept.includes(l));
        if (!readsPictures) delete plain.inputShape;
      },
      { origin: kept },
    );
  if (last > 1) yield keeping([last]);
  // without the last one, whose activation goes to the one below
  if (last > 0 && network.layers[last - 1].kind === undefined)
    yield make(
      (plain) => {
        const [below, above] = plain.layers.splice(-2);
        plain.layers.push({ ...below, activation: above['activation'] });
      },
      { origin: all.slice(0, -1) },
    );
  for (let l = 0; l < last; l++) yield keeping(all.filter((other) => other !== l));
  // a picture without its layers
  const flat = layersOf(network).findIndex(({ page }) => page.id === 'flatten');
  if (flat >= 0 && flat < last) yield keeping(all.slice(flat + 1));
}

function sizesOf({ network, batch }: Problem): Size[] {
  const sizes: Size[] = [{ value: batch.inputs.rows, set: () => {}, isBatch: true }];
  const add = (value: number, set: Size['set']): unknown => sizes.push({ value, set, isBatch: false });
  if (network.inputShape === undefined) add(network.inputs, (plain, value) => (plain.inputs = value));
  network.inputShape?.forEach((value, d) => {
    add(value, (plain, next) => ((plain.inputShape as number[])[d] = next));
  });
  network.layers.forEach((layer, l) => {
    const fields = layer as unknown as Record<string, unknown>;
    for (const name of FIELDS) {
      const value = fields[name];
      if (typeof value === 'number') add(value, (plain, next) => (plain.layers[l][name] = next));
      if (Array.isArray(value))
        value.forEach((one: number, d) => {
          add(one, (plain, next) => ((plain.layers[l][name] as number[])[d] = next));
        });
    }
  });
  return sizes.filter(({ value }) => value > 1);
}

/** Every size at its least, then each alone, equal ones together, and two at once. */
function* smallerSizes(problem: Problem, make: Make): Generator<Problem | null> {
  const sizes = sizesOf(problem);
  const setting = (some: readonly (readonly [Size, number])[], last = false): Problem | null => {
    const batch = some.find(([{ isBatch }]) => isBatch);
    const examples = batch && { B: batch[1], ...(last && { from: batch[0].value - batch[1] }) };
    return make((plain) => {
      for (const [size, value] of some) size.set(plain, value);
    }, examples);
  };
  if (sizes.length > 1) yield setting(sizes.map((size) => [size, 1]));
  for (const size of sizes)
    for (const value of below(size.value)) {
      yield setting([[size, value]]);
      if (size.isBatch) yield setting([[size, value]], true);
    }
  const equal = new Map<number, Size[]>();
  for (const size of sizes) equal.set(size.value, [...(equal.get(size.value) ?? []), size]);
  for (const [value, group] of equal) {
    if (group.length < 2) continue;
    for (const next of below(value)) yield setting(group.map((size) => [size, next]));
  }
  for (const [i, one] of sizes.entries())
    for (const two of sizes.slice(i + 1))
      for (const less of [one.value - 1, two.value - 1, 1])
        if (less < one.value && less < two.value)
          yield setting([
            [one, one.value - less],
            [two, two.value - less],
          ]);
}

/** Smaller numbers from 1 on, the smallest first. */
export function below(value: number): number[] {
  return [...new Set([1, 2, 3, value >> 1, value - 2, value - 1])]
    .filter((less) => less >= 1 && less < value)
    .sort((a, b) => a - b);
}

/** From the simplest on. */
const SIMPLE_ACTIVATIONS = ['linear', 'relu', 'tanh'];
const SIMPLE_HEADS = [
  ['linear', 'mse'],
  ['softmax', 'cross-entropy'],
] as const;

/** Fields that are left out, simpler activations, a simpler output and loss. */
function* simplerPieces({ network }: Problem, make: Make): Generator<Problem | null> {
  const last = network.layers.length - 1;
  for (const [l, layer] of network.layers.entries()) {
    for (const name of ['stride', 'padding', 'activation'])
      if (layer.kind !== undefined && name in layer) yield make(({ layers }) => delete layers[l][name]);
    if (l === last || layer.kind !== undefined) continue;
    const [family] = layer.activation.split(':');
    const simpler = family === layer.activation ? SIMPLE_ACTIVATIONS : [...SIMPLE_ACTIVATIONS, family];
    for (const activation of upTo(simpler, layer.activation))
      yield make(({ layers }) => (layers[l]['activation'] = activation));
  }
  const now = `${network.layers[last].activation} ${network.loss}`;
  for (const [output, loss] of SIMPLE_HEADS) {
    if (now === `${output} ${loss}`) return;
    yield make((plain) => {
      plain.layers[last]['activation'] = output;
      plain.loss = loss;
    });
  }
  const [plainLoss] = network.loss.split(':');
  if (plainLoss !== network.loss) yield make((plain) => (plain.loss = plainLoss));
  if (network.layers[last].activation !== 'linear') yield make(({ layers }) => (layers[last]['activation'] = 'linear'));
  if (network.loss !== 'mse') yield make((plain) => (plain.loss = 'mse'));
}

/** Those before `id`; all if it is not among them. */
function upTo(all: readonly string[], id: string): readonly string[] {
  const at = all.indexOf(id);
  return at < 0 ? all : all.slice(0, at);
}
