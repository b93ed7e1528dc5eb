// The elementwise activations, on consecutive rows of a panel. `kind` is a number of numbers.ts; a
// number without a formula here traps.
//
// The formulas are those on the pages of ops/activations/. Those without a fast form in lanes
// handle numbers one at a time.
import { exp2, lower, rounded, upper } from './exp';
import { ELU, GELU, LEAKY_RELU, LINEAR, RELU, SELU, SIGMOID, SOFTPLUS, SWISH, TANH } from './numbers';
import { LEAK, SELU_SCALE, SELU_SCALE_ALPHA } from './numbers';

/** a = f(z) for `bytes` bytes, a multiple of 16. */
export function activate(kind: i32, a: usize, z: usize, bytes: usize): void {
  if (kind == LINEAR) return memory.copy(a, z, bytes);
  if (kind == RELU) {
    const zero = f32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) v128.store(a + i, f32x4.max(zero, v128.load(z + i)));
  } else if (kind == SIGMOID || kind == TANH || kind == SWISH) {
    for (let i: usize = 0; i < bytes; i += 16) {
      const x = v128.load(z + i);
      let y: v128;
      if (kind == TANH) y = rounded(tanh2(lower(x)), tanh2(upper(x)));
      else y = rounded(sigmoid2(lower(x)), sigmoid2(upper(x)));
      v128.store(a + i, kind == SWISH ? f32x4.mul(x, y) : y);
    }
  } else for (let i: usize = 0; i < bytes; i += 4) store<f32>(a + i, f(kind, load<f32>(z + i)));
}

/** dz = da · f' in place: d holds da on entry, dz on return. */
export function activateBackward(kind: i32, d: usize, z: usize, a: usize, bytes: usize): void {
  if (kind == LINEAR) return;
  if (kind == RELU) {
    const zero = f32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) v128.store(d + i, v128.and(v128.load(d + i), f32x4.gt(v128.load(z + i), zero)));
  } else if (kind == SIGMOID || kind == TANH) {
    const one = f32x4.splat(1);
    for (let i: usize = 0; i < bytes; i += 16) {
      const y = v128.load(a + i);
      const slope = kind == TANH ? f32x4.sub(one, f32x4.mul(y, y)) : f32x4.mul(y, f32x4.sub(one, y));
      v128.store(d + i, f32x4.mul(v128.load(d + i), slope));
    }
  } else {
    for (let i: usize = 0; i < bytes; i += 4) {
      store<f32>(d + i, <f32>(<f64>load<f32>(d + i) * slope(kind, load<f32>(z + i), load<f32>(a + i))));
    }
  }
}

/** 1 / (1 + e^-x) */
// @ts-ignore: decorator
@inline
function sigmoid2(x: v128): v128 {
  const one = f64x2.splat(1);
  return f64x2.div(one, f64x2.add(one, exp2(f64x2.neg(x))));
}

/** 1 - 2 / (e^2x + 1); near 0, where that loses digits, the series x - x³/3 + 2x⁵/15. */
// @ts-ignore: decorator
@inline
function tanh2(x: v128): v128 {
  const one = f64x2.splat(1);
  const two = f64x2.splat(2);
  const far = f64x2.sub(one, f64x2.div(two, f64x2.add(exp2(f64x2.mul(two, x)), one)));
  const square = f64x2.mul(x, x);
  const series = f64x2.add(f64x2.mul(f64x2.splat(2.0 / 15), square), f64x2.splat(-1.0 / 3));
  const near = f64x2.add(x, f64x2.mul(f64x2.mul(x, square), series));
  return v128.bitselect(near, far, f64x2.lt(f64x2.abs(x), f64x2.splat(0.02)));
}

// @ts-ignore: decorator
@inline
function logistic(z: f64): f64 {
  return 1 / (1 + Math.exp(-z));
}

function f(kind: i32, x: f32): f32 {
  const z: f64 = x;
  switch (kind) {
    case LEAKY_RELU: return z < 0 ? <f32>(<f64>LEAK * z) : x;
    case ELU: return z >= 0 ? x : <f32>Math.expm1(z);
    case SELU: return <f32>(z >= 0 ? SELU_SCALE * z : SELU_SCALE_ALPHA * Math.expm1(z));
    case SOFTPLUS: return <f32>(max(0, z) + Math.log1p(Math.exp(-Math.abs(z))));
    case GELU: return <f32>(z * cdf(z));
    default: return unreachable();
  }
}

/** f'(z) */
function slope(kind: i32, x: f32, a: f32): f64 {
  const z: f64 = x;
  switch (kind) {
    case LEAKY_RELU: return z > 0 ? 1 : <f64>LEAK;
    case ELU: return z >= 0 ? 1 : Math.exp(z);
    case SELU: return z > 0 ? SELU_SCALE : SELU_SCALE_ALPHA * Math.exp(z);
    case SOFTPLUS: return logistic(z);
    case SWISH: { const s = logistic(z); return s + z * s * logistic(-z); }
    case GELU: return cdf(z) + z * Math.exp(-z * z / 2) * 0.3989422804014327; // Φ + zφ, φ = e^(-z²/2) / √(2π)
    default: return unreachable();
  }
}

/**
 * Φ(z) = (1 + erf(z/√2)) / 2 with the error function of Abramowitz & Stegun 1964, eq. 7.1.26: an
 * error of up to 1.5e-7.
 */
function cdf(z: f64): f64 {
  const x = Math.abs(z) * 0.7071067811865476;
  const t = 1 / (1 + 0.3275911 * x);
  const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const tail = (sum * Math.exp(-x * x)) / 2; // 1 - Φ(|z|)
  return z < 0 ? tail : 1 - tail;
}
