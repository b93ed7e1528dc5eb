// What this machine reaches in a plain multiply-add loop of the kernel language: the measure for GFLOP/s.
import { instantiate } from '../../src/engines/wasm/kernels.ts';

const ROUNDS = 200_000;
/** Twelve multiply-adds of four lanes a round. */
const OPERATIONS = 96;

/** Billions of operations a second on one core: the best of a few tenths of a second, as nothing else was to be measured. */
export async function peak(): Promise<number> {
  const { kernels } = await instantiate(false);
  let fastest = Infinity;
  for (const end = performance.now() + 400; performance.now() < end;) {
    const start = performance.now();
    kernels.multiplyAddLoop(ROUNDS);
    fastest = Math.min(fastest, performance.now() - start);
  }
  return (ROUNDS * OPERATIONS) / fastest / 1e6;
}
