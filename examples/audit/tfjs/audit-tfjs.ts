// `npm run audit -- tfjs`: every registered gradient of TensorFlow.js, on every backend.
import { openBackend } from '../../../src/engines/tfjs/backend.ts';
import type { Case } from './case.ts';
import { checkCase } from './check.ts';
import type { Checked } from './check.ts';
import { DTYPES } from './dtypes.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { PICTURES } from './pictures.ts';

export const BACKENDS = ['cpu', 'wasm', 'node'] as const;

/** Linear in each input: their formula is what they make of unit vectors. */
const LINEAR = [
  ...['AvgPool', 'AvgPool3D', 'BatchMatMul', 'Conv2D', 'Conv2DBackpropInput', 'Conv3D', 'Cumsum'],
  ...['DepthwiseConv2dNative', 'MirrorPad', 'ResizeBilinear', 'ResizeNearestNeighbor'],
];
/** Constant between jumps. */
const STEPS = ['FloorDiv'];

function withFormula(one: Case): Case {
  if (one.formula !== null) return one;
  if (LINEAR.includes(one.gradient)) return { ...one, formula: 'linear' };
  if (STEPS.includes(one.gradient)) return { ...one, formula: (x) => x.map((input) => Array.from(input, () => 0)) };
  return one;
}

export const CASES: readonly Case[] = [...ELEMENTWISE, ...PICTURES, ...DTYPES].map(withFormula);

/** Checks all cases, or those of one registered gradient. */
export async function auditTfjs(
  say: (line: string) => void,
  only?: string,
): Promise<{ version: string; found: Checked[] }> {
  const found: Checked[] = [];
  let version = '';
  for (const backend of BACKENDS) {
    const { tf } = await openBackend(backend);
    version = tf.version_core;
    say(`tfjs on ${backend}`);
    for (const one of CASES) {
      if (only !== undefined && one.gradient !== only) continue;
      found.push(await checkCase(tf, backend, one));
    }
  }
  return { version, found };
}
