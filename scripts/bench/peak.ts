// Measures the peak GFLOP/s of this machine in a plain multiply-add loop, written in the kernels' language.
import { instantiate } from '../../src/engines/wasm/kernels.ts';

const ROUNDS = 200_000;
/** Twelve multiply-adds of four lanes per round. */
const OPERATIONS = 96;

/** Billions of operations per second on one core: the best run within 0.4 seconds. */
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
