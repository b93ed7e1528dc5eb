// How exact the arithmetic is that bounds allow for. Bounds are computed under one arithmetic at a
// time, in one synchronous call; outside of such a call it is that of IEEE 754.
//
// `ieee`: binary32 as processors have it. One operation is off by u = 2⁻²⁴ of its result at most;
// the errors of functions are measured (function-errors.ts).
//
// `gpu`: binary32 in shaders. WGSL (section "Floating Point Accuracy"), Vulkan (appendix "Precision
// and Operation of SPIR-V Instructions") and GLSL ES 3.20 (section 4.7.1) state the same, with one
// ulp of at most 2⁻²³ of the result:
//   +, -, ×          correctly rounded, but upwards or downwards is not said: 1 ulp = 2·2⁻²⁴
//   a / b            2.5 ulp = 5·2⁻²⁴
//   inverseSqrt      2 ulp
//   √x               inherited from 1 / inverseSqrt(x): 2 + 2.5 ulp = 9·2⁻²⁴
//   exp(x)           (3 + 2·|x|) ulp
//   log(x)           2⁻²¹, absolute, for x in [0.5, 2]; 3 ulp elsewhere
// Numbers below 2⁻¹²⁶ may be flushed to zero.
//
// `gpu16`: the same shaders, whose results are stored in binary16. Each result is rounded once
// more, to the nearest: by 2⁻¹¹ of it at most, and by 2⁻²⁵ where it is below 2⁻¹⁴. It must not pass
// 65504. A sum inside one shader is stored once; a sum over examples in a few portions.
import { SMALLEST_NORMAL_F32, UNIT_ROUNDOFF } from '../dtype.ts';

/**
 * `ieee`: IEEE 754, as processors compute. `gpu`: what shaders may do. `gpu16`: what they may do
 * where every result is stored in 16 bits.
 */
export type ArithmeticId = 'ieee' | 'gpu' | 'gpu16';
export const ARITHMETICS = ['ieee', 'gpu', 'gpu16'] as const satisfies readonly ArithmeticId[];

interface Roundings {
  /** Relative error of one operation: the least exact of +, -, × and /. */
  readonly operation: number;
  /** Of one addition, subtraction or multiplication. */
  readonly basic: number;
  /** Of a square root. */
  readonly root: number;
  /** Of one addition or multiplication inside a sum of products. */
  readonly inSum: number;
  /** Of storing the result of a sum, besides. */
  readonly stored: number;
  /** What one operation may lose of a result near 0. */
  readonly lostNear0: number;
}

const v = UNIT_ROUNDOFF.f32;
/** Relative error of storing a number in binary16. */
export const STORED = 2 ** -11;

const ROUNDINGS: Readonly<Record<ArithmeticId, Roundings>> = {
  ieee: { operation: v, basic: v, root: v, inSum: v, stored: 0, lostNear0: SMALLEST_NORMAL_F32 },
  gpu: { operation: 5 * v, basic: 2 * v, root: 9 * v, inSum: 2 * v, stored: 0, lostNear0: SMALLEST_NORMAL_F32 },
  gpu16: {
    operation: 5 * v + STORED,
    basic: 2 * v + STORED,
    root: 9 * v + STORED,
    inSum: 2 * v,
    stored: STORED,
    lostNear0: 2 ** -25,
  },
};

/** The arithmetic in force, and its roundings: bindings that `under` moves. */
export let arithmetic: ArithmeticId = 'ieee';
export let u = v;
export let uBasic = v;
export let uOfRoot = v;
export let uInSum = v;
export let uStored = 0;
export let lostNear0 = SMALLEST_NORMAL_F32;

/** What `compute` returns under this arithmetic. It must not be asynchronous. */
export function under<T>(id: ArithmeticId | undefined, compute: () => T): T {
  const before = arithmetic;
  put(id ?? 'ieee');
  try {
    return compute();
  } finally {
    put(before);
  }
}

function put(id: ArithmeticId): void {
  if (id === arithmetic) return;
  arithmetic = id;
  ({ operation: u, basic: uBasic, root: uOfRoot, inSum: uInSum, stored: uStored, lostNear0 } = ROUNDINGS[id]);
}
