// Outputs that only the start of a gradient is made of: a program may compute its loss from others.
import type { NetworkSpec } from '../../../network/spec.ts';
import { activationOf } from '../../../ops/registry.ts';
import { areClose } from '../close.ts';
import { activationsFor } from './activations.ts';
import type { Deviation } from './deviations.ts';
import type { Example } from './example.ts';
import { factorOf, isTelling } from './fit.ts';
import type { Pair } from './fit.ts';
import { outputInUse } from './output-forms.ts';
import { wholeFormOf } from './score-forms.ts';
import { rightStart } from './scores.ts';
import type { Observed } from './scores.ts';

/** The outputs p in a start dz = c (p - t), c being that of the right one; null: none. (K) */
export function outputsOfStart(network: NetworkSpec, example: Example, dz: Float64Array): Float64Array | null {
  const { t, layers } = example;
  const wanted = layers[layers.length - 1].a.map((p, k) => p - t[k]);
  const c = factorOf([{ found: rightStart(network, example), wanted }]);
  return c === null ? null : dz.map((value, k) => value / c + t[k]);
}

/** What is made of the targets in a start dz = c (p - t), in words; null: nothing that is known. */
export function otherTargets(network: NetworkSpec, all: readonly Pick<Observed, 'example' | 'dz'>[]): string | null {
  const pairs: Pair[] = [];
  if (!startsWithErrors(network, all)) return null;
  for (const { example, dz } of all) {
    const p = outputsOfStart(network, example, dz);
    const { a } = example.layers[example.layers.length - 1];
    if (p === null) return null;
    pairs.push({ wanted: example.t, found: p.map((value, k) => a[k] - value + example.t[k]) });
  }
  if (all.every(({ example: { t } }) => t.every((x) => x === 0 || x === 1))) return null; // classes
  if (!isTelling(pairs)) return null;
  return wholeFormOf(pairs, 't');
}

/** Whether the right start is the same multiple of p - t in all examples. */
function startsWithErrors(network: NetworkSpec, all: readonly Pick<Observed, 'example'>[]): boolean {
  const pairs = all.map(({ example }) => {
    const { a } = example.layers[example.layers.length - 1];
    return { found: rightStart(network, example), wanted: a.map((p, k) => p - example.t[k]) };
  });
  return factorOf(pairs) !== null;
}

/** Other outputs in the start of a gradient; null if there are none that have a formula. */
export function otherOutputs(network: NetworkSpec, observed: readonly Observed[]): Deviation | null {
  const last = network.layers.length - 1;
  const { activation } = network.layers[last];
  if (!startsWithErrors(network, observed)) return null;
  const all = observed.flatMap(({ example, dz }) => {
    const p = outputsOfStart(network, example, dz);
    return p === null ? [] : [{ z: example.layers[last].z, p }];
  });
  if (all.length < observed.length) return null;
  const page = activationOf(activation);
  const form =
    page.kind === 'output'
      ? outputInUse(activation, all)
      : (activationsFor(page).find(({ of }) => all.every(({ z, p }) => areClose(p, of(z))))?.text ?? null);
  const n = last + 1;
  const targets = form === null ? otherTargets(network, observed) : null;
  if (targets !== null)
    return { used: `dz${n} = p - t, t being ${targets}`, text: `The targets t in dz${n} = p - t are ${targets}.` };
  if (form === null) return null;
  const text = `The outputs p in dz${n} = p - t are ${form}; those of ${activation} are ${page.formula.forward}.`;
  return { used: `dz${n} = p - t with p = ${form}`, text };
}
