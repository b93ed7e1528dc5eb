// Random networks that read pictures.
import { UsageError } from '../errors.ts';
import { checkNetwork, sizeOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Padding, Size } from '../ops/layers/windows.ts';
import { ELEMENTWISE_ACTIVATIONS } from '../ops/registry.ts';
import type { Rng } from '../numeric/rng.ts';
import { pick, randomHead } from './random-head.ts';

/** Most layers that read pictures. */
const DEEPEST = 4;
/** Most rows and columns of a window, most of a stride, most filters and channels. */
const [WINDOW, STRIDE, FILTERS] = [4, 3, 6];

/** Draws the pieces of a network. */
export interface Pieces {
  readonly activation: () => string;
  /** The activation of the last layer, and the loss. */
  readonly head: () => readonly [string, string];
  /** A kind of layer that reads pictures. */
  readonly kind: () => string;
}

/** Half of the layers are convolutions. */
function anyPieces(rng: Rng): Pieces {
  return {
    activation: () => pick(rng, ELEMENTWISE_ACTIVATIONS),
    head: () => randomHead(rng),
    kind() {
      const chance = rng.uniform();
      return chance < 0.5 ? 'conv2d' : chance < 0.8 ? 'max-pool' : 'average-pool';
    },
  };
}

/**
 * Convolutions and pools, then dense layers.
 * @param widest most rows and columns of a picture
 * @returns null if a window does not fit
 */
export function randomPictureNetwork(rng: Rng, widest: number, pieces = anyPieces(rng)): NetworkSpec | null {
  const upTo = (n: number): number => 1 + rng.below(Math.max(1, Math.floor(n)));
  const size = (most: number): Size => (rng.uniform() < 0.7 ? upTo(most) : [upTo(most), upTo(most)]);
  const maybe = <T>(make: () => T): T | undefined => (rng.uniform() < 0.5 ? make() : undefined);
  const { activation, head } = pieces;
  const windows = (): { stride?: Size; padding?: Padding } =>
    given({
      stride: maybe(() => size(STRIDE)),
      padding: maybe((): Padding => (rng.uniform() < 0.7 ? 'same' : 'valid')),
    });
  const layer = (): object => {
    const kind = pieces.kind();
    if (kind === 'conv2d')
      return { kind, filters: upTo(FILTERS), kernel: size(WINDOW), ...windows(), activation: activation() };
    return { kind, size: size(WINDOW), ...windows() };
  };
  const inputShape = [upTo(widest), upTo(widest), upTo(4)];
  const [output, loss] = head();
  const pictures = Array.from({ length: upTo(DEEPEST) }, layer);
  const dense = Array.from({ length: rng.below(2) }, () => ({ units: upTo(12), activation: activation() }));
  const network = {
    inputs: sizeOf(inputShape),
    inputShape,
    layers: [...pictures, { kind: 'flatten' }, ...dense, { units: upTo(10), activation: output }],
    loss,
  } as unknown as NetworkSpec;
  return fits(network) ? network : null;
}

function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function fits(network: NetworkSpec): boolean {
  try {
    checkNetwork(network);
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}
