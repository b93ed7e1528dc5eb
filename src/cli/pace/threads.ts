// How many trainings of a comparison run at once.
import { availableParallelism } from 'node:os';
import { countMultiplications } from '../../network/spec.ts';
import type { Experiment } from '../experiment.ts';

/**
 * Multiply-adds of one training from which threads save more than it takes to start them. Kernels
 * do about 10⁹ a second, and a thread starts in a few tenths of a second.
 */
const WORTH = 5e8;

/**
 * GiB of address space that must be free: Node ends where a thread or kernel does not get its own.
 */
const ADDRESS_SPACE = 16;

/** One per core, or 1 where the training is so short that threads would not pay. */
export function trainingsAtOnce({ network, batches }: Experiment): number {
  const multiplyAdds = 3 * countMultiplications(network) * batches.examplesSeen; // forward, and two products backward
  return multiplyAdds >= WORTH && hasAddressSpace() ? availableParallelism() : 1;
}

function hasAddressSpace(): boolean {
  try {
    for (const kept: ArrayBuffer[] = []; kept.length < ADDRESS_SPACE;) kept.push(new ArrayBuffer(2 ** 30)); // not used
    return true;
  } catch {
    return false;
  }
}
