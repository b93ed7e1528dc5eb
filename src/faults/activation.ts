// Mistakes in going back through an activation: no derivative, the wrong one, at the wrong place.
import { layersOf } from '../network/spec.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { ActivationPage } from '../ops/activations/page.ts';
import { BACKWARD } from '../ops/backward-rules.ts';
import { insteadOfActivation } from '../ops/piece-fault.ts';
import { ACTIVATION_PAGES, OUTPUT_PAGES, activationOf } from '../ops/registry.ts';
import type { ElementwiseActivationId } from '../ops/registry.ts';
import { layersWhere } from './fault.ts';
import type { Fault, Setting } from './fault.ts';
import { faultsOfPieces, goesBack } from './pieces.ts';

const ofLayer = { stage: 'gradient', first: (layer: number) => [`dz${layer + 1}`] } as const;

/** `wrong` instead of the right activation backward at one layer. */
function insteadAt(wrong: Parameters<typeof insteadOfActivation>[0]): Fault['injection'] {
  return (at) => ({ backward: insteadOfActivation(wrong)(at, BACKWARD) });
}

/** The page of a layer's activation, if it works on each score alone. */
function elementwiseAt({ network }: Setting, layer: number): ActivationPage | null {
  const page = activationOf(layersOf(network)[layer].activation);
  return page.kind === 'elementwise' ? page : null;
}

/** Where a layer has an activation that works on each score alone, and of which this holds. */
function whereElementwise(holds: (page: ActivationPage) => boolean): Fault['layers'] {
  return (setting) =>
    layersWhere(setting, (l) => {
      const page = elementwiseAt(setting, l);
      return page !== null && holds(page) && goesBack(setting, l);
    });
}

/** da · f'(z) where f' is asked for at `at` instead of z: what the activation itself makes of that score. */
function derivativeAt(page: ActivationPage, dz: Matrix, da: Matrix, at: Matrix): void {
  const a = at.data.slice();
  page.forward(a, at.data);
  page.backward(dz.data, da.data, at.data, a);
}

function derivativeOf(page: ActivationPage): Fault {
  return {
    ...ofLayer,
    description: `the derivative of ${page.id} is used, whatever the activation of the layer is`,
    remedy: 'use the derivative of the activation of this layer',
    layers: whereElementwise(({ id }) => id !== page.id),
    injection: insteadAt((dz, da, z) => derivativeAt(page, dz, da, z)),
  };
}

/** The same for derivatives that are written in a = f(z), with the a of this layer. */
function formulaOf(page: ActivationPage): Fault {
  return {
    ...derivativeOf(page),
    description: `${page.formula.derivative}, the derivative of ${page.id}, is used with the a of this layer, whatever its activation is`,
    injection: insteadAt((dz, da, z, a) => page.backward(dz.data, da.data, z.data, a.data)),
  };
}

/** The derivatives of these activations in the place of others: each as it is, and those written in a with the a of another. */
export function wrongDerivatives(pages: readonly ActivationPage[]): Record<string, Fault> {
  const own = pages.filter(({ isIdentity }) => isIdentity !== true); // that one is missing-activation-derivative
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
    layers: (setting) =>
      layersWhere(setting, (l) => elementwiseAt(setting, l)?.isIdentity !== true && goesBack(setting, l)),
    injection: insteadAt((dz, da) => dz.data.set(da.data)),
  },
  'derivative-at-z': {
    ...ofLayer,
    description: 'the derivative is written in a = f(z) and was given z',
    remedy: `${ACTIVATION_PAGES.filter(({ writtenIn }) => writtenIn === 'a')
      .map(({ id, formula }) => `${id}' = ${formula.derivative}`)
      .join(', ')}: put the activation in, not the score`,
    layers: whereElementwise(({ writtenIn }) => writtenIn === 'a'),
    injection: (at) => ({
      backward: {
        activation: (layer, id, dz, da, z, a) => BACKWARD.activation(layer, id, dz, da, z, layer === at ? z : a),
      },
    }),
  },
  'derivative-at-a': {
    ...ofLayer,
    description: 'the derivative is written in z and was given a = f(z)',
    remedy: "f'(z) is taken at the score that went into the activation, not at what came out",
    layers: whereElementwise(({ writtenIn }) => writtenIn !== 'either'),
    injection(at, setting) {
      const page = elementwiseAt(setting, at);
      return insteadAt((dz, da, _z, a) => page !== null && derivativeAt(page, dz, da, a))(at, setting);
    },
  },
  ...(wrongDerivatives(ACTIVATION_PAGES) as Record<DerivativeOf, Fault>),
  ...faultsOfPieces(ACTIVATION_PAGES),
  ...faultsOfPieces(OUTPUT_PAGES),
} as const satisfies Record<string, Fault>;
