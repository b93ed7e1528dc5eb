// What the penalties of a network are: where they are, their factors, their formulas.
import { UsageError } from '../errors.ts';
import type { PenaltySpec } from '../ops/penalties/page.ts';
import { penaltyOf } from '../ops/penalties/registry.ts';

/** What a network may have of them. */
interface Penalised {
  readonly penalties?: readonly PenaltySpec[] | undefined;
}

/** Whether anything is added to the loss of the data. */
export function hasPenalties({ penalties = [] }: Penalised): boolean {
  return penalties.length > 0;
}

/** The factor of R(w), for a batch of B examples. */
export function factorOf({ strength, half = false, overBatch = false }: PenaltySpec, B: number): number {
  return (half ? strength / 2 : strength) / (overBatch ? B : 1);
}

/** Whether a penalty is on this tensor. */
export function isOn(
  { layers, biases = false }: PenaltySpec,
  tensor: { readonly layer: number; readonly role: string },
): boolean {
  if (layers !== undefined && !layers.includes(tensor.layer)) return false;
  return tensor.role === 'weights' || (biases && tensor.role === 'bias');
}

/** "0.001 Σ W²", "0.0005 Σ W² / B + 0.01 Σ |W|"; null without penalties. */
export function penaltyFormula({ penalties = [] }: Penalised): string | null {
  return penalties.length === 0 ? null : penalties.map(textOf).join(' + ');
}

function textOf(spec: PenaltySpec): string {
  const { value } = penaltyOf(spec.kind).formula;
  const factor = factorOf(spec, 1);
  const names = (spec.layers ?? ['']).flatMap((l) => [`W${l}`, ...(spec.biases === true ? [`b${l}`] : [])]);
  const terms = names.map((name) => `${factor} ${value(name)}`).join(' + ');
  if (spec.overBatch !== true) return terms;
  return names.length > 1 ? `(${terms}) / B` : `${terms} / B`;
}

/** "0.002 W1" of W1, "0.01 sign(W2) / B"; null where no penalty is on it. */
export function penaltyGradientFormula(
  { penalties = [] }: Penalised,
  tensor: { readonly layer: number; readonly role: string },
  name: string,
): string | null {
  const own = penalties.filter((spec) => isOn(spec, tensor));
  if (own.length === 0) return null;
  return own
    .map((spec) => {
      const { times, of } = penaltyOf(spec.kind).formula.gradient;
      return `${times * factorOf(spec, 1)} ${of(name)}${spec.overBatch === true ? ' / B' : ''}`;
    })
    .join(' + ');
}

/**
 * Refuses penalties that make no sense.
 * @param layers how many the network has
 * @throws UsageError that names the field
 */
export function checkPenalties({ penalties = [] }: Penalised, layers: number): void {
  penalties.forEach(({ kind, strength, layers: on = [] }, n) => {
    const place = `network.penalties[${n}]`;
    penaltyOf(kind);
    if (!(Number.isFinite(strength) && strength >= 0))
      throw new UsageError(`${place}.strength: expected a number of at least 0, got ${strength}`);
    for (const l of on)
      if (!(Number.isSafeInteger(l) && l >= 1 && l <= layers))
        throw new UsageError(`${place}.layers: expected layers from 1 to ${layers}, got ${l}`);
  });
}
