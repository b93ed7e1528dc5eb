// How TensorFlow.js is set up where it computes in shaders, in a page of the playground as in one
// that the command line opens.
import { EngineUnavailableError } from '../../errors.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { power } from '../../numeric/elementary.ts';
import { toHalf } from '../../numeric/half.ts';
import type { Bits, BrowserBackend } from './backends.ts';
import type { Tf } from './open.ts';

/** What may be chosen before the backend starts. */
interface Use {
  /** As TensorFlow.js does by default, although it is wrong: see below. */
  readonly packed?: boolean;
  /** Numbers are stored in 16 bits, as on machines whose graphics processor has no others. */
  readonly half?: boolean;
}

/** Sets the flags of a backend that is not started yet. */
export function setUpShaders(tf: Tf, backend: BrowserBackend, { packed = false, half = false }: Use = {}): void {
  const flags = tf.env();
  // Small tensors, too, are computed by this backend. By default the cpu backend would do it: a
  // network of a few units would say nothing about this one.
  flags.set(backend === 'webgl' ? 'WEBGL_CPU_FORWARD' : 'WEBGPU_CPU_FORWARD', false);
  if (backend === 'webgpu') return;
  // WebGL packs 2 by 2 numbers into one texel. What lies beyond an odd number of rows is not kept
  // at 0 (tfjs 4.22.0), and products of two packed matrices add it up: with softmax and
  // cross-entropy, dW = xᵀ dz is wrong for every batch of odd size.
  flags.set('WEBGL_PACK', packed);
  if (half) flags.set('WEBGL_FORCE_F16_TEXTURES', true);
}

/**
 * Bits of a backend that is started.
 * @throws EngineUnavailableError if it stores 16 bits otherwise than bounds assume
 */
export async function bitsOf(tf: Tf, backend: BrowserBackend): Promise<Bits> {
  if (backend !== 'webgl' || tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) return 32;
  if (await roundsToNearest(tf)) return 16;
  throw new EngineUnavailableError(
    'WebGL stores 16 bits here and does not round to the nearest number of 16 bits: no bound is known for it',
    'use --backend webgpu or wasm',
  );
}

/**
 * Bounds for 16 bits assume that a result is rounded to the nearest, with fewer digits below 2⁻¹⁴,
 * and that sums inside a shader have 32 bits.
 */
async function roundsToNearest(tf: Tf): Promise<boolean> {
  const given = Float32Array.from({ length: 512 }, (_, i) => (1 + i / 512) * power(2, (i % 32) - 24));
  const factor = 1 + 2 ** -10;
  const products = tf.tidy(() => tf.mul(tf.tensor1d(given), tf.scalar(factor)));
  const sums = tf.tidy(() => tf.matMul(tf.fill([1, 1024], 2 ** -12), tf.fill([1024, 1], 1)).add(0));
  const [found, [sum]] = await Promise.all([products, sums].map((tensor) => tensor.data<'float32'>()));
  tf.dispose([products, sums]);
  return sum === 0.25 && given.every((x, i) => found[i] === toHalf(toHalf(x) * factor));
}

/**
 * An engine of 16 bits can be judged only if the whole run allows for them.
 * @throws EngineUnavailableError
 */
export function requireJudgedBy(bits: Bits, { arithmetic }: NetworkSpec): void {
  if (bits === 32 || arithmetic === 'gpu16') return;
  throw new EngineUnavailableError(
    'the tfjs webgl backend has only 16 bits for a number here, and this comparison needs 32',
    'use gradcheck, which judges by 16 bits, or --backend webgpu or wasm',
  );
}
