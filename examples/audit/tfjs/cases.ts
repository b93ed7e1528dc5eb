// All cases of the audit of TensorFlow.js.
import type { Case } from './case.ts';
import { DTYPES } from './dtypes.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { PICTURES } from './pictures.ts';

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
