// What is right at a place in the network, as a formula: shown where an engine has something else there.
import type { NetworkSpec } from '../network/spec.ts';
import type { ActivationId } from '../network/spec.ts';
import { optimizerPage } from '../ops/optimizers/registry.ts';

/** a in terms of z, and its derivative (for softmax and ratio: dz in terms of da). */
const ACTIVATION: Record<ActivationId, { readonly forward: string; readonly backward: string }> = {
  linear: { forward: 'z', backward: '1' },
  relu: { forward: 'max(0, z)', backward: '1 where z > 0, else 0' },
  'leaky-relu': { forward: 'z where z > 0, else 0.2 z', backward: '1 where z > 0, else 0.2' },
  elu: { forward: 'z where z > 0, else exp(z) - 1', backward: '1 where z > 0, else exp(z)' },
  selu: {
    forward: 's·z where z > 0, else s·α·(exp(z) - 1)',
    backward: 's where z > 0, else s·α·exp(z)   (s = 1.0507…, α = 1.6733…)',
  },
  softplus: { forward: 'log(1 + exp(z))', backward: '1 / (1 + exp(-z))' },
  sigmoid: { forward: '1 / (1 + exp(-z))', backward: 'a (1 - a)' },
  tanh: { forward: 'tanh(z)', backward: '1 - a²' },
  swish: { forward: 'z σ(z)', backward: 'σ(z) (1 + z (1 - σ(z)))' },
  gelu: { forward: 'z Φ(z)', backward: 'Φ(z) + z φ(z)' },
  softmax: { forward: 'exp(z_k) / Σ_j exp(z_j)', backward: 'p_k (da_k - Σ_j da_j p_j)' },
  ratio: {
    forward: 'r_k / Σ_j r_j with r = max(0, z); 1/K where all r are 0',
    backward: '(da_k - Σ_j da_j p_j) / Σ_j r_j where z_k > 0, else 0',
  },
};

/** The right formula at z1, a1, loss, dz1, dW1, db1 ...; null for any other name. */
export function formulaAt(name: string, network: NetworkSpec): string | null {
  if (name === 'loss') return lossFormula(network);
  const [, kind, number] = /^(z|a|dz|dW|db)(\d+)$/.exec(name) ?? [];
  const layer = network.layers[Number(number) - 1];
  if (kind === undefined || layer === undefined) return null;
  const l = Number(number);
  const below = l === 1 ? 'x' : `a${l - 1}`;
  switch (kind) {
    case 'z':
      return `z${l} = ${below} W${l} + b${l}`;
    case 'a':
      return `a${l} = ${ACTIVATION[layer.activation].forward}`;
    case 'dW':
      return `dW${l} = ${below}ᵀ dz${l}`;
    case 'db':
      return `db${l} = Σ_b dz${l}   (over the examples of the batch)`;
    default:
      return dzFormula(l, network);
  }
}

function lossFormula({ loss }: NetworkSpec): string {
  if (loss === 'mse') return 'loss = (1/B) Σ_b (1/K) Σ_k (target - output)²';
  return 'loss = (1/B) Σ_b -Σ_k target·log softmax(z)_k';
}

function dzFormula(l: number, { layers, loss }: NetworkSpec): string {
  const { activation } = layers[l - 1];
  if (l === layers.length && loss === 'cross-entropy') return `dz${l} = (softmax(z${l})·Σ_j target_j - target) / B`;
  const da = l === layers.length ? `2 (output - target) / (B·K)` : `dz${l + 1} W${l + 1}ᵀ`;
  const { backward } = ACTIVATION[activation];
  if (activation === 'softmax' || activation === 'ratio')
    return `dz${l} = ${backward}, with da = ${da} and p the outputs`;
  return `dz${l} = (${da}) ⊙ (${backward})`;
}

/** One step of the optimizer. */
export function updateFormula(id: string): string {
  return optimizerPage(id).formula;
}
