// One step of every optimizer on consecutive weights: the rules of ops/optimizers/, four weights at
// a time.
//
// w weights, g their gradient, s1 and s2 the optimizer's state; all of them `bytes` bytes long, a
// multiple of 16.
import { ADADELTA, ADAM, MOMENTUM, NESTEROV, RMSPROP, RMSPROP_CENTERED, SGD } from './numbers';
import { Plan } from './plan';
import { madd } from './simd';

/** The step of the plan's optimizer; a number without a rule here traps. */
export function update(plan: Plan, w: usize, g: usize, s1: usize, s2: usize, bytes: usize): void {
  switch (plan.optimizer) {
    case SGD: return sgd(plan, w, g, bytes);
    case MOMENTUM: return momentum(plan, w, g, s1, bytes);
    case NESTEROV: return nesterov(plan, w, g, s1, bytes);
    case RMSPROP: return rmsprop(plan, w, g, s1, bytes);
    case ADAM: return adam(plan, w, g, s1, s2, bytes);
    case RMSPROP_CENTERED: return rmspropCentered(plan, w, g, s1, s2, bytes);
    case ADADELTA: return adadelta(plan, w, g, s1, s2, bytes);
    default: unreachable();
  }
}

/** w ← w - lr·g                             `sgd` of ops/optimizers/sgd.ts */
function sgd(plan: Plan, w: usize, g: usize, bytes: usize): void {
  const minusLr = f32x4.splat(-plan.learningRate);
  for (let i: usize = 0; i < bytes; i += 16) v128.store(w + i, madd(minusLr, v128.load(g + i), v128.load(w + i)));
}

/** v ← m·v + g,  w ← w - lr·v              `momentum` of ops/optimizers/momentum.ts */
function momentum(plan: Plan, w: usize, g: usize, s1: usize, bytes: usize): void {
  const minusLr = f32x4.splat(-plan.learningRate);
  const m = f32x4.splat(plan.momentum);
  for (let i: usize = 0; i < bytes; i += 16) {
    const v = madd(m, v128.load(s1 + i), v128.load(g + i));
    v128.store(s1 + i, v);
    v128.store(w + i, madd(minusLr, v, v128.load(w + i)));
  }
}

/** v ← m·v + g,  w ← w - lr·(g + m·v)      `nesterov` of ops/optimizers/nesterov.ts */
function nesterov(plan: Plan, w: usize, g: usize, s1: usize, bytes: usize): void {
  const minusLr = f32x4.splat(-plan.learningRate);
  const m = f32x4.splat(plan.momentum);
  for (let i: usize = 0; i < bytes; i += 16) {
    const slope = v128.load(g + i);
    const v = madd(m, v128.load(s1 + i), slope);
    v128.store(s1 + i, v);
    v128.store(w + i, madd(minusLr, madd(m, v, slope), v128.load(w + i)));
  }
}

/** d·mean + (1-d)·x */
// @ts-ignore: decorator
@inline
function running(mean: v128, x: v128, d: v128, oneMinusD: v128): v128 {
  return madd(d, mean, f32x4.mul(x, oneMinusD));
}

/**
 * s ← d·s + (1-d)·g²,  w ← w - lr·g / √(s + ε)
 * `rmsprop` of ops/optimizers/rmsprop.ts
 */
function rmsprop(plan: Plan, w: usize, g: usize, s1: usize, bytes: usize): void {
  const lr = f32x4.splat(plan.learningRate);
  const epsilon = f32x4.splat(plan.epsilon);
  const d = f32x4.splat(plan.decay);
  const oneMinusD = f32x4.splat(plan.oneMinusDecay);
  for (let i: usize = 0; i < bytes; i += 16) {
    const slope = v128.load(g + i);
    const s = running(v128.load(s1 + i), f32x4.mul(slope, slope), d, oneMinusD);
    v128.store(s1 + i, s);
    const step = f32x4.div(f32x4.mul(slope, lr), f32x4.sqrt(f32x4.add(s, epsilon)));
    v128.store(w + i, f32x4.sub(v128.load(w + i), step));
  }
}

/**
 * s ← d·s + (1-d)·g²,  c ← d·c + (1-d)·g,  w ← w - lr·g / √(s - c² + ε)
 * `rmspropCentered` of ops/optimizers/rmsprop-centered.ts
 */
function rmspropCentered(plan: Plan, w: usize, g: usize, s1: usize, s2: usize, bytes: usize): void {
  const lr = f32x4.splat(plan.learningRate);
  const epsilon = f32x4.splat(plan.epsilon);
  const d = f32x4.splat(plan.decay);
  const oneMinusD = f32x4.splat(plan.oneMinusDecay);
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    const slope = v128.load(g + i);
    const s = running(v128.load(s1 + i), f32x4.mul(slope, slope), d, oneMinusD);
    const c = running(v128.load(s2 + i), slope, d, oneMinusD);
    v128.store(s1 + i, s);
    v128.store(s2 + i, c);
    const variance = f32x4.max(zero, f32x4.sub(s, f32x4.mul(c, c)));
    const step = f32x4.div(f32x4.mul(slope, lr), f32x4.sqrt(f32x4.add(variance, epsilon)));
    v128.store(w + i, f32x4.sub(v128.load(w + i), step));
  }
}

/**
 * s ← ρ·s + (1-ρ)·g²,  Δ = g·√(r + ε) / √(s + ε),  r ← ρ·r + (1-ρ)·Δ²,  w ← w - lr·Δ
 * `adadelta` of ops/optimizers/adadelta.ts
 */
function adadelta(plan: Plan, w: usize, g: usize, s1: usize, s2: usize, bytes: usize): void {
  const minusLr = f32x4.splat(-plan.learningRate);
  const epsilon = f32x4.splat(plan.epsilon);
  const rho = f32x4.splat(plan.decay);
  const oneMinusRho = f32x4.splat(plan.oneMinusDecay);
  for (let i: usize = 0; i < bytes; i += 16) {
    const slope = v128.load(g + i);
    const s = running(v128.load(s1 + i), f32x4.mul(slope, slope), rho, oneMinusRho);
    v128.store(s1 + i, s);
    const r = v128.load(s2 + i);
    const ratio = f32x4.div(f32x4.sqrt(f32x4.add(r, epsilon)), f32x4.sqrt(f32x4.add(s, epsilon)));
    const delta = f32x4.mul(ratio, slope);
    v128.store(s2 + i, running(r, f32x4.mul(delta, delta), rho, oneMinusRho));
    v128.store(w + i, madd(minusLr, delta, v128.load(w + i)));
  }
}

/**
 * m ← β₁·m + (1-β₁)·g,  v ← β₂·v + (1-β₂)·g²,  w ← w - lr·m̂ / (√v̂ + ε)
 * `adam` of ops/optimizers/adam.ts
 * With c₁ = 1-β₁ᵗ, c₂ = 1-β₂ᵗ the step is (lr·√c₂/c₁)·m / (√v + ε·√c₂): one division per weight
 * instead of three.
 */
function adam(plan: Plan, w: usize, g: usize, s1: usize, s2: usize, bytes: usize): void {
  const root2 = Math.sqrt(1 - <f64>plan.beta2Power);
  const minusRate = f32x4.splat(<f32>(-(<f64>plan.learningRate * root2) / (1 - <f64>plan.beta1Power)));
  const epsilon = f32x4.splat(<f32>(<f64>plan.epsilon * root2));
  const beta1 = f32x4.splat(plan.beta1);
  const oneMinusBeta1 = f32x4.splat(plan.oneMinusBeta1);
  const beta2 = f32x4.splat(plan.beta2);
  const oneMinusBeta2 = f32x4.splat(plan.oneMinusBeta2);
  for (let i: usize = 0; i < bytes; i += 16) {
    const slope = v128.load(g + i);
    const m = running(v128.load(s1 + i), slope, beta1, oneMinusBeta1);
    const v = running(v128.load(s2 + i), f32x4.mul(slope, slope), beta2, oneMinusBeta2);
    v128.store(s1 + i, m);
    v128.store(s2 + i, v);
    const step = f32x4.div(f32x4.mul(m, minusRate), f32x4.add(f32x4.sqrt(v), epsilon));
    v128.store(w + i, f32x4.add(v128.load(w + i), step));
  }
}

/** β₁ᵗ and β₂ᵗ for the next step, built up in binary32 as in `adam`. */
export function nextStep(plan: Plan): void {
  plan.beta1Power *= plan.beta1;
  plan.beta2Power *= plan.beta2;
}
