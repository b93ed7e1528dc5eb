// What random networks are made of: the pieces, and the largest sizes. Plain data, so that another
// process draws the same networks from it.
import { UsageError, unknownName } from '../errors.ts';
import { MOST_STEPS } from '../network/steps.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { OPTIMIZERS } from '../ops/optimizers/optimizer.ts';
import { optimizerPages } from '../ops/optimizers/registry.ts';
import { penaltyPages } from '../ops/penalties/registry.ts';
import { activationPages, knownActivation, knownLoss, layerPages, lossOf, lossPages } from '../ops/registry.ts';
import { ADDITIONS } from './training.ts';

/** An output activation and a loss that is defined on it. */
export type Head = readonly [output: string, loss: string];

/** What random networks are made of. */
export interface Space {
  /** Of hidden layers. */
  readonly activations: readonly string[];
  readonly heads: readonly Head[];
  /** Kinds of layers besides dense ones. */
  readonly kinds: readonly string[];
  readonly penalties: readonly string[];
  readonly optimizers: readonly string[];
  /** What may be added to the optimizer: see ADDITIONS. */
  readonly additions: readonly string[];
  /** Most training steps. */
  readonly steps: number;
  /** Numbers of dense layers, the last one included. */
  readonly depths: readonly number[];
  /** Most units, inputs and examples. */
  readonly largest: number;
  /** Fewest and most examples. */
  readonly examples: readonly [number, number];
  /** Inputs are at most about this size. */
  readonly scale: number;
  /** Whether every target is a class. */
  readonly classes: boolean;
}

/** What random networks may have. What is left out may be anything that backproof knows. */
export interface AnyNetworkOptions {
  /** Activations of hidden layers. */
  readonly activations?: readonly string[];
  /** Activations of the last layer. */
  readonly outputs?: readonly string[];
  readonly losses?: readonly string[];
  /** Kinds of layers besides dense ones: `[]` for dense layers alone. */
  readonly kinds?: readonly string[];
  readonly penalties?: readonly string[];
  readonly optimizers?: readonly string[];
  /**
   * What may be added to the optimizer: `clip-norm`, `clip-value`, `weight-decay`, and schedules of
   * the learning rate: `step`, `exponential`, `inverse`, `cosine`, `warm-up`.
   */
  readonly additions?: readonly string[];
  /** Most training steps, if the implementation makes updates. Default: 6. */
  readonly steps?: number;
  /** Numbers of dense layers, such as `[1, 2, 3]`. Default: 1 to 4. */
  readonly depths?: readonly number[];
  /** Most units of a layer, inputs and examples. Default: 9. */
  readonly largest?: number;
  /** Fewest and most examples of a batch. Default: 1 to `largest`. */
  readonly examples?: readonly [number, number];
  /** Inputs are at most about this size. Default: 4. */
  readonly scale?: number;
}

/** Random networks, as `toBackpropagate` takes them. */
export interface AnyNetwork {
  readonly anyNetwork: AnyNetworkOptions;
}

/**
 * Random networks with these pieces, in place of one network:
 * `await expect(mine).toBackpropagate(anyNetwork({ activations: ['relu'] }), { runs: 100 })`.
 * @throws UsageError on an unknown name, or a number out of range
 */
export function anyNetwork(options: AnyNetworkOptions = {}): AnyNetwork {
  spaceOf(options);
  return { anyNetwork: options };
}

/** Whether these are random networks. */
export function isAnyNetwork(value: unknown): value is AnyNetwork {
  return typeof value === 'object' && value !== null && 'anyNetwork' in value;
}

const DEEPEST = 4;
const LARGEST = 9;
const SCALE = 4;
const STEPS = 6;
/** Larger networks take seconds each. */
const MOST = { depth: 50, size: 1000 };

const OPTIONS = [
  ...(['activations', 'outputs', 'losses', 'kinds', 'penalties', 'optimizers', 'additions'] as const),
  ...(['steps', 'depths', 'largest', 'examples', 'scale'] as const),
];

/**
 * The space of these options.
 * @throws UsageError
 */
export function spaceOf(options: AnyNetworkOptions = {}): Space {
  const alien = Object.keys(options).find((name) => !(OPTIONS as readonly string[]).includes(name));
  if (alien !== undefined) throw unknownName('option of anyNetwork', alien, OPTIONS);
  const { largest = LARGEST, scale = SCALE, steps = STEPS } = options;
  requireSize('largest', largest, MOST.size);
  requireSize('steps', steps, MOST_STEPS);
  if (!(scale > 0 && Number.isFinite(scale))) throw new UsageError(`scale: expected a number above 0, got ${scale}`);
  const { depths = Array.from({ length: DEEPEST }, (_, n) => n + 1), examples = [1, largest] } = options;
  depths.forEach((depth) => {
    if (!(Number.isSafeInteger(depth) && depth >= 1 && depth <= MOST.depth))
      throw new UsageError(`depths: expected whole numbers from 1 to ${MOST.depth}, got ${depth}`);
  });
  examples.forEach((n) => {
    requireSize('examples', n, MOST.size);
  });
  if (examples.length !== 2 || examples[0] > examples[1])
    throw new UsageError(`examples: expected the fewest and the most, got ${examples.join(', ')}`);
  const space: Space = {
    activations: chosen('activations', options.activations, elementwise(), isElementwise),
    heads: headsOf(options),
    kinds: chosen('kinds', options.kinds, KINDS(), (id) => KINDS().includes(id)),
    penalties: chosen('penalties', options.penalties, penalties(), (id) => penalties().includes(id)),
    optimizers: chosen('optimizers', options.optimizers, OPTIMIZERS, (id) => optimizers().includes(id)),
    additions: chosen('additions', options.additions, ADDITIONS, (id) => ADDITIONS.includes(id)),
    steps,
    depths,
    largest,
    examples,
    scale,
    classes: false,
  };
  if (depths.length === 0) throw new UsageError('depths: expected at least one number');
  if (space.optimizers.length === 0) throw new UsageError('optimizers: expected at least one name');
  if (space.activations.length === 0 && depths.some((depth) => depth > 1))
    throw new UsageError(
      'activations: expected at least one name',
      'or depths: [1] for networks without hidden layers',
    );
  return space;
}

const elementwise = (): string[] => withFamilies(activationPages().filter(({ kind }) => kind === 'elementwise'));
const outputs = (): string[] => withFamilies(activationPages());
const losses = (): string[] => withFamilies(lossPages());
const KINDS = (): string[] => layerPages().flatMap(({ id }) => (id === 'dense' || id === 'flatten' ? [] : [id]));
const penalties = (): string[] => penaltyPages().map(({ id }) => id);
const optimizers = (): string[] => optimizerPages().map(({ id }) => id);

function isElementwise(id: string): boolean {
  return knownActivation(id)?.kind === 'elementwise';
}

/** The pages by name, and one with a number for each that may have one. */
function withFamilies(
  pages: readonly { readonly id: string; readonly family?: { readonly examples: readonly string[] } }[],
): string[] {
  return pages.flatMap(({ id, family }) => (family === undefined ? [id] : [id, `${id}:${family.examples[0]}`]));
}

/** Every output with every loss that is defined on it, of those that are wanted. */
function headsOf(options: AnyNetworkOptions): Head[] {
  const some = chosen('outputs', options.outputs, outputs(), (id) => knownActivation(id) !== undefined);
  const of = chosen('losses', options.losses, losses(), (id) => knownLoss(id) !== undefined);
  const heads = some.flatMap((output) =>
    of.flatMap((loss): Head[] => {
      const { on, outputs: number } = lossOf(loss);
      return number === undefined && (on?.includes(output) ?? true) ? [[output, loss]] : [];
    }),
  );
  if (heads.length === 0) throw new UsageError('no loss that is wanted is defined on an output that is wanted');
  return heads;
}

function chosen(
  what: string,
  wanted: readonly string[] | undefined,
  all: readonly string[],
  known: (id: string) => boolean,
): readonly string[] {
  if (wanted === undefined) return all;
  const alien = wanted.find((id) => !known(id));
  if (alien !== undefined) throw unknownName(`name in ${what}`, alien, all);
  return [...new Set(wanted)];
}

function requireSize(name: string, size: number, most: number): void {
  if (Number.isSafeInteger(size) && size >= 1 && size <= most) return;
  throw new UsageError(`${name}: expected a whole number from 1 to ${most}, got ${size}`);
}

/** A network from plain names: what is drawn is checked by checkNetwork, not by the compiler. */
export function networkFrom(fields: object): NetworkSpec {
  return fields as NetworkSpec;
}
