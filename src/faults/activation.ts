// Known mistakes in the backward pass of an activation: a missing or wrong derivative, or one taken
// at the wrong place. faults/registry.ts lists them.
import { layersOf } from '../network/spec.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { ActivationPage } from '../ops/activations/page.ts';
import { BACKWARD } from '../ops/backward-rules.ts';
import { insteadOfActivation } from '../ops/piece-fault.ts';
import { ACTIVATION_PAGES, OUTPUT_PAGES, activationOf, isIdentity } from '../ops/registry.ts';
import type { ElementwiseActivationId } from '../ops/registry.ts';
import { layersWhere } from './fault.ts';
import type { Fault, Setting } from './fault.ts';
import { faultsOfPieces, goesBack } from './pieces.ts';

const ofLayer = { stage: 'gradient', first: (layer: number) => [`dz${layer + 1}`] } as const;

/** Replaces the right backward of the activation of one layer by `wrong`. */
function insteadAt(wrong: Parameters<typeof insteadOfActivation>[0]): Fault['injection'] {
  return (at, _setting, right = BACKWARD) => ({ backward: insteadOfActivation(wrong)(at, right) });
}

/** The page of a layer's activation, or null if it has none or one that is not elementwise. */
function elementwiseAt({ network }: Setting, layer: number): ActivationPage | null {
  // the type is that of a dense layer, which must have one
  if ((network.layers[layer].activation as string | undefined) === undefined) return null;
  const page = activationOf(layersOf(network)[layer].activation);
  return page.kind === 'elementwise' ? page : null;
}

/** The layers with an elementwise activation for which `holds` is true. */
function whereElementwise(holds: (page: ActivationPage) => boolean): Fault['layers'] {
  return (setting) =>
    layersWhere(setting, (l) => {
      const page = elementwiseAt(setting, l);
      return page !== null && holds(page) && goesBack(setting, l);
    });
}

/** da · f'(at) instead of da · f'(z). */
function derivativeAt(page: ActivationPage, dz: Matrix, da: Matrix, at: Matrix): void {
  const a = at.data.slice();
  page.forward(a, at.data);
  page.backward(dz.data, da.data, at.data, a);
}

function derivativeOf(page: ActivationPage): Fault {
  return {
    ...ofLayer,
    description: `the derivative of ${page.id} is used, although this layer has another activation`,
    remedy: 'use the derivative of the activation of this layer',
    layers: whereElementwise(({ id }) => id !== page.id),
    injection: insteadAt((dz, da, z) => derivativeAt(page, dz, da, z)),
  };
}

/** A derivative written in a = f(z), used with the a of this layer. */
function formulaOf(page: ActivationPage): Fault {
  return {
    ...derivativeOf(page),
    description: `${page.formula.derivative}, the derivative of ${page.id}, is applied to the a of this layer, which has another activation`,
    injection: insteadAt((dz, da, z, a) => page.backward(dz.data, da.data, z.data, a.data)),
  };
}

/**
 * Uses the derivatives of these activations for other activations: at z, and (if written in a) also
 * at this layer's a.
 */
export function wrongDerivatives(pages: readonly ActivationPage[]): Record<string, Fault> {
  const own = pages.filter(({ isIdentity }) => isIdentity !== true); // the identity's is missing-activation-derivative
  const inA = own.filter(({ writtenIn }) => writtenIn === 'a');
  return Object.fromEntries([
    ...own.map((page) => [`derivative-of-${page.id}`, derivativeOf(page)] as const),
    ...inA.map((page) => [`formula-of-${page.id}`, formulaOf(page)] as const),
  ]);
}

type DerivativeOf = `derivative-of-${Exclude<ElementwiseActivationId, 'linear'>}` | `formula-of-${'sigmoid' | 'tanh'}`;

export const ACTIVATION_FAULTS = {
  'missing-activation-derivative': {
    ...ofLayer,
    description: "the activation's derivative is missing: dz = da",
    remedy: "dz = da · f'(z)",
    formula: 'dz = da',
    layers: (setting) =>
      layersWhere(setting, (l) => !isIdentity(layersOf(setting.network)[l].activation) && goesBack(setting, l)),
    injection: insteadAt((dz, da) => dz.data.set(da.data)),
  },
  'derivative-at-z': {
    ...ofLayer,
    description: 'the derivative is written in a = f(z) but was given z',
    remedy: `${ACTIVATION_PAGES.filter(({ writtenIn }) => writtenIn === 'a')
      .map(({ id, formula }) => `${id}' = ${formula.derivative}`)
      .join(', ')}: pass the activation a, not the score z`,
    layers: whereElementwise(({ writtenIn }) => writtenIn === 'a'),
    injection: (at, _setting, right = BACKWARD) => ({
      backward: {
        activation: (layer, id, dz, da, z, a) => right.activation(layer, id, dz, da, z, layer === at ? z : a),
      },
    }),
  },
  'derivative-at-a': {
    ...ofLayer,
    description: 'the derivative is written in z but was given a = f(z)',
    remedy: "evaluate f' at the activation's input z, not at its output a",
    layers: whereElementwise(({ writtenIn }) => writtenIn !== 'either'),
    injection(at, setting, right) {
      const page = elementwiseAt(setting, at);
      return insteadAt((dz, da, _z, a) => page !== null && derivativeAt(page, dz, da, a))(at, setting, right);
    },
  },
  ...(wrongDerivatives(ACTIVATION_PAGES) as Record<DerivativeOf, Fault>),
  ...faultsOfPieces(ACTIVATION_PAGES),
  ...faultsOfPieces(OUTPUT_PAGES),
} as const satisfies Record<string, Fault>;
