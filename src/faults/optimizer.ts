// Known mistakes in updates: the gradients are right, the step is wrong. Some are possible in any
// optimizer, others come from the page of one optimizer. Each is the whole optimizer with that one
// mistake.
import { nameOf, shapesOf } from '../network/parameters.ts';
import { OPTIMIZER_PAGES } from '../ops/optimizers/optimizer.ts';
import type { Hyperparameters, Optimizer, OptimizerPage } from '../ops/optimizers/page.ts';
import { optimizerPage, slotsOf } from '../ops/optimizers/registry.ts';
import { layersWhere, takesSteps, whole } from './fault.ts';
import type { Fault, Setting } from './fault.ts';

const ofUpdate = {
  stage: 'update',
  first: (_layer: number, { network }: Setting) => shapesOf(network).slice(0, 1).map(nameOf),
} as const;

const keepsState = ({ optimizer }: Setting): boolean => slotsOf(optimizer.id).length > 0;

/** Runs the right optimizer, then changes its step w₀ → w. */
function afterStep(change: (before: number, after: number, spec: Hyperparameters) => number): Fault['injection'] {
  return (_layer, { optimizer: { id } }) => {
    const { init, update } = optimizerPage(id);
    return {
      optimizer: {
        init,
        update(w, g, state, spec) {
          const before = w.slice();
          update(w, g, state, spec);
          for (let i = 0; i < w.length; i++) w[i] = change(before[i], w[i], spec);
        },
      },
    };
  };
}

/** The right optimizer, starting from a state that has already made a step. */
function notFresh({ init, update }: Optimizer): Optimizer {
  return {
    init(w, spec) {
      const state = init(w, spec);
      update(
        w.slice(),
        w.map(() => 1),
        state,
        spec,
      );
      return state;
    },
    update,
  };
}

type NamesOn<Page> = Page extends OptimizerPage<string, infer Name> ? Name : never;

/** The mistakes listed on these pages; each is possible where the optimizer in use lists it. */
export function faultsOn<Page extends OptimizerPage>(pages: readonly Page[]): Record<NamesOn<Page>, Fault> {
  const all = Object.assign({}, ...pages.map(({ faults }) => faults).toReversed()) as OptimizerPage['faults'];
  const names = new Set(pages.flatMap(({ faults }) => Object.keys(faults)));
  return Object.fromEntries([...names].map((name) => [name, onPage(name, all[name])])) as Record<NamesOn<Page>, Fault>;
}

function onPage(name: string, { description, remedy, formula }: OptimizerPage['faults'][string]): Fault {
  return {
    ...ofUpdate,
    description,
    remedy,
    formula,
    layers(setting) {
      const { faults } = optimizerPage(setting.optimizer.id);
      if (!Object.hasOwn(faults, name)) return [];
      const { needs = 'learningRate' } = faults[name];
      return whole(takesSteps(setting) && (setting.optimizer[needs] ?? 0) > 0);
    },
    injection(_layer, { optimizer: { id } }) {
      const { instead } = optimizerPage(id).faults[name];
      return { optimizer: typeof instead === 'string' ? optimizerPage(instead) : instead };
    },
  };
}

/**
 * The second tensor that a layer learns, and the first, whose state it can use by mistake: empty
 * if there are no two.
 */
function stateTaken({ network }: Setting, layer: number): { readonly name: string; readonly position: number }[] {
  const own = shapesOf(network).flatMap((tensor, position) =>
    tensor.layer === layer + 1 && tensor.trained !== false ? [{ name: nameOf(tensor), position }] : [],
  );
  return own.length < 2 ? [] : [own[1], own[0]];
}

export const OPTIMIZER_FAULTS = {
  ascent: {
    ...ofUpdate,
    description: 'the step is added instead of subtracted, so training climbs the loss',
    remedy: 'w ← w - lr · gradient: the gradient points uphill',
    formula: 'w ← w + lr·step',
    layers: (setting) => whole(takesSteps(setting)),
    injection: afterStep((before, after) => 2 * before - after),
  },
  'learning-rate-twice': {
    ...ofUpdate,
    description: 'the step is multiplied by the learning rate twice',
    remedy: 'multiply the step by the learning rate once',
    formula: 'w ← w - lr²·step',
    layers: (setting) => whole(![0, 1].includes(setting.optimizer.learningRate)),
    injection: afterStep((before, after, { learningRate }) => before + learningRate * (after - before)),
  },
  ...faultsOn(OPTIMIZER_PAGES),
  'state-not-fresh': {
    ...ofUpdate,
    description:
      'the optimizer state is not fresh; it has already made a step (with gradients of 1) for other parameters',
    remedy: 'create a new optimizer for new parameters; look state up by the parameter, not by its position in a list',
    layers: (setting) => whole(keepsState(setting) && takesSteps(setting)),
    injection: (_layer, { optimizer: { id } }) => ({ optimizer: notFresh(optimizerPage(id)) }),
  },
  'state-of-another-parameter': {
    stage: 'update',
    // the weights a step later: the bias has changed their state
    first: (layer, setting) => stateTaken(setting, layer).map(({ name }) => name),
    description: "the bias uses the optimizer state of its layer's weights",
    remedy: 'keep one state per parameter tensor; look it up by the tensor, not by its position in a list',
    layers: (setting) =>
      layersWhere(setting, (l) => stateTaken(setting, l).length > 0 && keepsState(setting) && takesSteps(setting)),
    injection: (at, setting) => {
      const [by, from] = stateTaken(setting, at).map(({ position }) => position);
      return { stateOf: (tensor) => (tensor === by ? from : tensor) };
    },
  },
} as const satisfies Record<string, Fault>;
