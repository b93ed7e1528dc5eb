// The right formula at each place of a network, shown when an engine has something else there.
import { nameOf } from './parameters.ts';
import { penaltyFormula, penaltyGradientFormula } from './penalty-spec.ts';
import { layersOf } from './spec.ts';
import type { NetworkLayer, NetworkSpec } from './spec.ts';
import { optimizerPage } from '../ops/optimizers/registry.ts';
import { activationOf, lossOf } from '../ops/registry.ts';

/** The right formula at z1, a1, loss, dz1, dW1, db1 ...; null for any other name. */
export function formulaAt(name: string, network: NetworkSpec): string | null {
  if (name === 'loss')
    return `loss = ${[lossOf(network.loss).formula.forward, penaltyFormula(network)].filter(Boolean).join(' + ')}`;
  const layers = layersOf(network);
  for (let l = 1; l <= layers.length; l++) {
    const formulas = formulasOf(l, layers, network);
    if (Object.hasOwn(formulas, name)) return `${name} = ${formulas[name]()}`;
  }
  return null;
}

/** The same on one line, with single spaces. */
export function formulaLine(name: string, network: NetworkSpec): string | null {
  return formulaAt(name, network)?.replace(/\s+/g, ' ') ?? null;
}

/** The right-hand sides of layer l (from 1), by name. */
function formulasOf(l: number, layers: readonly NetworkLayer[], network: NetworkSpec): Record<string, () => string> {
  const { page, activation, parameters } = layers[l - 1];
  const below = l === 1 ? 'x' : `a${l - 1}`;
  const gradients = parameters.map(({ role }) => [
    `d${nameOf({ layer: l, role })}`,
    (): string => withPenalty(page.formula.gradient(role, l, below), network, { layer: l, role }),
  ]);
  return {
    [`z${l}`]: () => page.formula.forward(l, below),
    [`a${l}`]: () => activationOf(activation).formula.forward,
    ...(Object.fromEntries(gradients) as Record<string, () => string>),
    [`dz${l}`]: () => scoreGradient(l, layers, network.loss),
  };
}

/** A penalty's gradient goes before a remark: "Σ_b dz1 + 0.002 b1   (over the examples ...)". */
function withPenalty(gradient: string, network: NetworkSpec, tensor: { layer: number; role: string }): string {
  const penalty = penaltyGradientFormula(network, tensor, nameOf(tensor));
  if (penalty === null) return gradient;
  const [formula, ...remarks] = gradient.split('   ');
  return [`${formula} + ${penalty}`, ...remarks].join('   ');
}

function scoreGradient(l: number, layers: readonly NetworkLayer[], id: string): string {
  const [page, loss] = [activationOf(layers[l - 1].activation), lossOf(id)];
  const isLast = l === layers.length;
  if (isLast && loss.from === 'scores') return loss.formula.start(`z${l}`);
  const da = isLast ? loss.formula.start(`a${l}`) : layers[l].page.formula.inputs(l + 1);
  if (page.kind === 'output') return `${page.formula.backward}, with da = ${da} and p the outputs`;
  const { derivative } = page.formula;
  return derivative === '1' ? da : `(${da}) ⊙ (${derivative})`;
}

/** One step of the optimizer. */
export function updateFormula(id: string): string {
  return optimizerPage(id).formula;
}
