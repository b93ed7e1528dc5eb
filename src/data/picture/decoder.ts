// Loads `sharp`, the library that decodes and encodes pictures. It is an optional peer: the only
// dependency with native code, and half the size of all others without MNIST.
import type sharp from 'sharp';
import { DataError } from '../../errors.ts';

/** The version that the peer dependency names. */
export const SHARP_VERSION = '^0.35.5';

/**
 * @throws DataError that says how to install it, where it is missing or does not run on
 *   this machine
 */
export async function loadSharp(): Promise<typeof sharp> {
  try {
    return (await import('sharp')).default;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const why = missing ? 'is not installed' : `does not load (${String(error).split('\n', 1)[0]})`;
    throw new DataError(`the npm package sharp, which reads pictures, ${why}`, `npm install sharp@${SHARP_VERSION}`);
  }
}
