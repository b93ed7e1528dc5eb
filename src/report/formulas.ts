// What is right at a place in the network, as a formula: shown where an engine has something else there.
import type { NetworkSpec } from '../network/spec.ts';
import { optimizerPage } from '../ops/optimizers/registry.ts';
import { activationOf, lossOf } from '../ops/registry.ts';

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
export function updateFormula(id: string): string {
  return optimizerPage(id).formula;
}
