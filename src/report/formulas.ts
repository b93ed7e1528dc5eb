// What is right at a place in the network, as a formula: shown where an engine has something else there.
import type { NetworkSpec } from '../network/spec.ts';
import { activationOf, lossOf } from '../ops/registry.ts';
import type { OptimizerId } from '../ops/optimizers/optimizer.ts';

const UPDATE: Record<OptimizerId, string> = {
  sgd: 'w ← w - lr·g',
  momentum: 'v ← m·v + g,  w ← w - lr·v',
  nesterov: 'v ← m·v + g,  w ← w - lr·(g + m·v)',
  rmsprop: 's ← d·s + (1-d)·g²,  w ← w - lr·g / √(s + ε)',
  'rmsprop-centered': 's ← d·s + (1-d)·g²,  c ← d·c + (1-d)·g,  w ← w - lr·g / √(s - c² + ε)',
  adadelta: 's ← d·s + (1-d)·g²,  Δ = g·√(r + ε) / √(s + ε),  r ← d·r + (1-d)·Δ²,  w ← w - lr·Δ',
  adam: 'm ← β₁·m + (1-β₁)·g,  v ← β₂·v + (1-β₂)·g²,  w ← w - lr·m̂ / (√v̂ + ε),  m̂ = m / (1-β₁ᵗ),  v̂ = v / (1-β₂ᵗ)',
};

/** The right formula at z1, a1, loss, dz1, dW1, db1 ...; null for any other name. */
export function formulaAt(name: string, network: NetworkSpec): string | null {
  if (name === 'loss') return `loss = ${lossOf(network.loss).formula.forward}`;
  const [, kind, number] = /^(z|a|dz|dW|db)(\d+)$/.exec(name) ?? [];
  const layer = network.layers[Number(number) - 1];
  if (kind === undefined || layer === undefined) return null;
  const l = Number(number);
  const below = l === 1 ? 'x' : `a${l - 1}`;
  switch (kind) {
    case 'z':
      return `z${l} = ${below} W${l} + b${l}`;
    case 'a':
      return `a${l} = ${activationOf(layer.activation).formula.forward}`;
    case 'dW':
      return `dW${l} = ${below}ᵀ dz${l}`;
    case 'db':
      return `db${l} = Σ_b dz${l}   (over the examples of the batch)`;
    default:
      return dzFormula(l, network);
  }
}

function dzFormula(l: number, { layers, loss: id }: NetworkSpec): string {
  const [page, loss] = [activationOf(layers[l - 1].activation), lossOf(id)];
  const isLast = l === layers.length;
  if (isLast && loss.from === 'scores') return `dz${l} = ${loss.formula.start(`z${l}`)}`;
  const da = isLast ? loss.formula.start(`a${l}`) : `dz${l + 1} W${l + 1}ᵀ`;
  if (page.kind === 'output') return `dz${l} = ${page.formula.backward}, with da = ${da} and p the outputs`;
  return `dz${l} = (${da}) ⊙ (${page.formula.derivative})`;
}

/** One step of the optimizer. */
export function updateFormula(id: OptimizerId): string {
  return UPDATE[id];
}
