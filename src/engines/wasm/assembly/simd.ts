// The one operation that everything is built from: a·b + c in four lanes.

/**
 * a·b + c: rounded once if the runtime has relaxed SIMD (and the processor a fused multiply-add),
 * otherwise twice.
 */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
