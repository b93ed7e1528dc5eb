// Known mistakes in the penalties of a loss: left out on one side, counted wrongly, on the wrong
// tensors, or made a second time by the update. faults/registry.ts lists them.
import type { FaultInjection } from '../engines/engine.ts';
import { nameOf, shapesOf } from '../network/parameters.ts';
import { penaltiesOfLayer, penaltiesOn } from '../network/penalties.ts';
import { hasBias } from '../network/spec.ts';
import { BACKWARD } from '../ops/backward-rules.ts';
import type { PenaltyPage } from '../ops/penalties/page.ts';
import { PENALTY_PAGES } from '../ops/penalties/registry.ts';
import type { PenaltyStep } from '../ops/piece-fault.ts';
import { layersWhere, takesSteps, whole } from './fault.ts';
import type { Fault, Setting } from './fault.ts';

/** A batch size, where only the places of penalties are asked for. */
const ANY = 1;

/** The penalties of layer l (from 0) that change anything. */
const ofLayer = ({ network }: Setting, l: number) =>
  penaltiesOfLayer(network, l, ANY).filter(({ factor }) => factor > 0);

const penalisedLayers = (setting: Setting): number[] => layersWhere(setting, (l) => ofLayer(setting, l).length > 0);

const isPenalised = (setting: Setting): boolean => penalisedLayers(setting).length > 0;

/** The gradient of the first tensor of a layer that has a penalty. */
function firstOf(layer: number, setting: Setting): string[] {
  const roles = new Set(ofLayer(setting, layer).map(({ role }) => role));
  const tensor = shapesOf(setting.network).find((one) => one.layer === layer + 1 && roles.has(one.role));
  return tensor === undefined ? [] : [`d${nameOf(tensor)}`];
}

/** Changes what is added to the gradients of one layer. */
function changed(change: (step: PenaltyStep) => PenaltyStep): Fault['injection'] {
  return (at, _setting, right = BACKWARD) => ({
    backward: {
      penalty(layer, step) {
        right.penalty(layer, layer === at ? change(step) : step);
      },
    },
  });
}

function times(factor: (step: PenaltyStep) => number): Fault['injection'] {
  return changed((step) => ({
    ...step,
    penalties: step.penalties.map((one) => ({ ...one, factor: factor(step) * one.factor })),
  }));
}

const ofGradient = { stage: 'gradient', first: firstOf, layers: penalisedLayers } as const;
const ofLoss = {
  stage: 'loss',
  first: () => ['loss'],
  layers: (setting: Setting) => whole(isPenalised(setting)),
} as const;

const dividesByB = ({ network: { penalties = [] } }: Setting, divides: boolean): boolean =>
  penalties.length > 0 && penalties.every(({ overBatch = false }) => overBatch === divides);

const withBias = ({ network }: Setting, l: number): boolean =>
  hasBias(network, l) && shapesOf(network).some(({ layer, role }) => layer === l + 1 && role === 'bias');

export const PENALTY_FAULTS = {
  'penalty-left-out': {
    stage: 'gradient',
    description: 'the penalty is left out, in the loss and in the gradients',
    remedy: 'add the penalty to the loss, and its gradient to those of the tensors that it is on',
    formula: 'loss = that of the data alone',
    layers: (setting) => whole(isPenalised(setting)),
    first: () => ['loss'],
    injection: (): FaultInjection => ({ penaltyValue: () => 0, backward: { penalty: () => undefined } }),
  },
  'penalty-missing': {
    ...ofGradient,
    description: 'the penalty is in the loss, but its gradient is missing',
    remedy: 'add the gradient of the penalty to dW: 2 λ W for λ Σ W², λ sign(W) for λ Σ |W|',
    injection: changed((step) => ({ ...step, penalties: [] })),
  },
  'penalty-in-gradient-only': {
    ...ofLoss,
    description: 'the gradient of the penalty is in the gradients, but the penalty is not in the loss',
    remedy: 'add the penalty to the loss as well',
    formula: 'loss = that of the data alone',
    injection: () => ({ penaltyValue: () => 0 }),
  },
  'penalty-half-in-loss': {
    ...ofLoss,
    description: 'half of the penalty is in the loss; the gradients are those of the whole',
    remedy: 'add the whole penalty to the loss: 2 λ W is the gradient of λ Σ W², λ W that of ½ λ Σ W²',
    injection: () => ({ penaltyValue: (penalty) => penalty / 2 }),
  },
  'penalty-twice-in-loss': {
    ...ofLoss,
    description: 'twice the penalty is in the loss; the gradients are those of the penalty itself',
    remedy: 'add the penalty to the loss once: λ W is the gradient of ½ λ Σ W², 2 λ W that of λ Σ W²',
    injection: () => ({ penaltyValue: (penalty) => 2 * penalty }),
  },
  'penalty-sign': {
    ...ofGradient,
    description: 'the gradient of the penalty is subtracted, so weights grow',
    remedy: 'add the gradient of the penalty to that of the data',
    injection: times(() => -1),
  },
  'penalty-on-biases': {
    ...ofGradient,
    description: 'the gradient of the penalty is added to that of the bias too, which the penalty is not on',
    remedy: 'penalise the weights alone, or declare that biases are penalised',
    layers: (setting) =>
      penalisedLayers(setting).filter(
        (l) => withBias(setting, l) && !ofLayer(setting, l).some(({ role }) => role === 'bias'),
      ),
    first: (layer) => [`db${layer + 1}`],
    injection: changed((step) => ({
      ...step,
      penalties: [...step.penalties, ...step.penalties.map((one) => ({ ...one, role: 'bias' }))],
    })),
  },
  'penalty-over-batch': {
    ...ofGradient,
    description: 'the gradient of the penalty is divided by the batch size B',
    remedy: 'divide only what is summed over the examples; or declare a penalty λ/B',
    layers: (setting) => (dividesByB(setting, false) ? penalisedLayers(setting) : []),
    injection: times(({ B }) => 1 / B),
  },
  'penalty-not-over-batch': {
    ...ofGradient,
    description: 'the gradient of the penalty is not divided by the batch size B: it is B times too large',
    remedy: 'the penalty is λ/B: divide its gradient by B too',
    layers: (setting) => (dividesByB(setting, true) ? penalisedLayers(setting) : []),
    injection: times(({ B }) => B),
  },
  ...faultsOfPenalties(PENALTY_PAGES),
  'penalty-in-update-too': {
    stage: 'update',
    description:
      'the update shrinks the weights besides (weight decay in the update), although the gradients contain the penalty: it counts twice',
    remedy: 'w ← w - lr · step alone; or leave the penalty to the update, and declare weight decay instead of it',
    formula: 'w ← w - lr·step - lr·λ·w',
    layers: (setting) => whole(isPenalised(setting) && dividesByB(setting, false) && takesSteps(setting)),
    first: (_layer, setting) => {
      const [{ layer, role }] = penaltiesOn(setting.network, ANY);
      return [nameOf({ layer, role })];
    },
    injection(_layer, { network }) {
      const placed = penaltiesOn(network, ANY);
      return {
        afterUpdate(tensor, before, w, { learningRate }) {
          for (const { at, page, factor } of placed) {
            if (at !== tensor) continue;
            const dw = before.slice();
            page.backward(dw, before, factor);
            for (let i = 0; i < w.length; i++) w[i] -= learningRate * dw[i];
          }
        },
      };
    },
  },
} as const satisfies Record<string, Fault>;

type NamesOn<P> = P extends PenaltyPage<string, infer Name> ? Name : never;

/** The mistakes listed on these pages; each is possible where the network has such a penalty. */
export function faultsOfPenalties<P extends PenaltyPage>(pages: readonly P[]): Record<NamesOn<P>, Fault> {
  const all = pages.flatMap(({ id, faults = {} }: PenaltyPage) =>
    Object.entries(faults).map(([name, { description, remedy, formula, recipe }]): [string, Fault] => [
      name,
      {
        stage: 'gradient',
        description,
        remedy,
        formula,
        first: firstOf,
        layers: (setting) => layersWhere(setting, (l) => ofLayer(setting, l).some(({ page }) => page.id === id)),
        injection: (layer, _setting, right = BACKWARD) => ({ backward: recipe(layer, right) }),
      },
    ]),
  );
  return Object.fromEntries(all) as Record<NamesOn<P>, Fault>;
}
