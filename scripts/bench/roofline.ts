// `node --import tsx scripts/bench/roofline.ts`: how close the dense products of the wasm engine
// come to the peak of this machine, shape by shape, on one core. Prints a table.
import { growMemory, instantiate } from '../../src/engines/wasm/kernels.ts';
import type { Kernels } from '../../src/engines/wasm/kernels.ts';
import { PANEL, panelBytes } from '../../src/engines/wasm/panels.ts';

/** B examples, I inputs, O units. */
type Shape = readonly [B: number, I: number, O: number];

const SHAPES: readonly Shape[] = [
  [32, 784, 128],
  [128, 784, 128],
  [128, 784, 256],
  [128, 256, 128],
  [128, 128, 10],
  [128, 1024, 1024],
];
const ROUNDS = 200;
/** Multiply and add, in four lanes. */
const PER_MADD = 8;
const [KIB, MIB] = [2 ** 10, 2 ** 20];
/** Addresses of the two factors and the result. */
const [A, W, C] = [MIB, 8 * MIB, 16 * MIB];

interface Measured {
  readonly name: string;
  readonly operations: number;
  readonly run: () => void;
}

function loops({ multiplyAddLoop, multiplyAddLoads }: Kernels): Measured[] {
  const loads = (cache: string, bytes: number): Measured => {
    const n = (8 * MIB) / bytes;
    const operations = (n * bytes * PER_MADD) / 16;
    return { name: `one load per multiply-add, ${cache}`, operations, run: () => multiplyAddLoads(A, bytes, n) };
  };
  const [n, perRound] = [100_000, 12];
  return [
    { name: 'registers only', operations: n * perRound * PER_MADD, run: () => multiplyAddLoop(n) },
    loads('16 KiB (first-level cache)', 16 * KIB),
    loads('256 KiB (second-level cache)', 256 * KIB),
  ];
}

function products({ multiply, multiplyTransposedLeft }: Kernels, [B, I, O]: Shape): Measured[] {
  const operations = 2 * B * I * O;
  const each = (columns: number, visit: (p: number) => void): void => {
    for (let p = 0; p * PANEL < columns; p++) visit(p);
  };
  const forward = (): void => each(O, (p) => multiply(C, A, W, B, I, O, p, 0, B));
  const gradient = (): void =>
    each(I, (block) => {
      const [from, to] = [block * PANEL, Math.min(I, (block + 1) * PANEL)];
      each(O, (p) => multiplyTransposedLeft(C, A, W, B, B, O, p, from, to));
    });
  return [
    { name: `x W, ${B} × ${I} × ${O}`, operations, run: forward },
    { name: `xᵀ dz, ${B} × ${I} × ${O}`, operations, run: gradient },
  ];
}

const { kernels, memory } = await instantiate(false);
growMemory(memory, C + panelBytes(1024, 1024));
new Float32Array(memory.buffer, A).fill(0.5);
const all = [...loops(kernels), ...SHAPES.flatMap((shape) => products(kernels, shape))];
const best = all.map(() => 0);
// In turn, because the clock of the processor changes; the best run is the one that was not
// interrupted.
for (let round = 0; round < ROUNDS; round++) {
  all.forEach(({ operations, run }, i) => {
    const start = performance.now();
    run();
    best[i] = Math.max(best[i], operations / (performance.now() - start) / 1e6);
  });
}
const rows = all.map(
  ({ name }, i) => `| ${name} | ${best[i].toFixed(1)} | ${((100 * best[i]) / best[0]).toFixed(0)} % |`,
);
process.stdout.write(['| | GFLOP/s | of the peak |', '| --- | ---: | ---: |', ...rows, ''].join('\n'));
