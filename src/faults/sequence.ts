// Known mistakes of a training loop: stale data, missing resets, wrong order. faults/registry.ts
// lists them.
import { scalingOf } from '../data/scaling.ts';
import { nameOf } from '../network/parameters.ts';
import { layersOf } from '../network/spec.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { BACKWARD } from '../ops/backward-rules.ts';
import { lastIndex, layersWhere, layersWith, takesSteps, whole } from './fault.ts';
import type { Fault, Setting } from './fault.ts';

function learns({ network }: Setting, layer: number): boolean {
  return layersOf(network)[layer].parameters.length > 0;
}

/** The first parameter of the nearest layer below that has one. */
function learntBelow({ network }: Setting, layer: number): string | undefined {
  const below = layersOf(network).findLastIndex(({ parameters }, l) => l < layer && parameters.length > 0);
  return below < 0 ? undefined : nameOf({ layer: below + 1, role: layersOf(network)[below].parameters[0].role });
}

export const SEQUENCE_FAULTS = {
  'inputs-not-scaled': {
    stage: 'gradient',
    description: 'the inputs are not scaled; the network gets the raw numbers',
    remedy: 'scale the inputs as the other side does, (raw - mean) / deviation; for MNIST, divide by 255',
    layers: ({ scaling: { mean, deviation, columns } }) =>
      whole(columns !== undefined || mean !== 0 || deviation !== 1),
    first: () => ['z1'],
    injection: (_layer, { scaling }) => ({
      inputs(x) {
        for (let i = 0; i < x.data.length; i++) {
          const { mean, deviation } = scalingOf(scaling, i % x.cols);
          x.data[i] = x.data[i] * deviation + mean;
        }
      },
    }),
  },
  'gradients-accumulated': {
    stage: 'again',
    description: 'gradients accumulate over steps',
    remedy: 'set the gradients to 0 before each backward pass',
    formula: 'dW ← dW + xᵀ dz, db ← db + Σ_b dz_b',
    layers: () => whole(true),
    first: (_layer, setting) => [`dW${lastIndex(setting) + 1}`],
    injection: (_layer, _setting, right = BACKWARD) => {
      const sums = new Map<string, FloatArray>();
      return {
        backward: {
          layer(layer, step) {
            right.layer(layer, step);
            for (const [role, { values }] of Object.entries(step.dp)) {
              sums.get(`${layer} ${role}`)?.forEach((sum, i) => (values[i] += sum));
              sums.set(`${layer} ${role}`, values.slice());
            }
          },
          penalty(layer, step) {
            right.penalty(layer, step);
            for (const [role, { values }] of Object.entries(step.dp)) sums.set(`${layer} ${role}`, values.slice());
          },
        },
      };
    },
  },
  'stale-activations': {
    stage: 'again',
    description: 'dW is computed with the activations (or inputs) of the previous batch',
    remedy: 'cache the input of the layer in this forward pass, and use it in the backward pass',
    layers: (setting) => layersWith(setting, 'weights'),
    first: (layer) => [`dW${layer + 1}`],
    injection: (at, _setting, right = BACKWARD) => {
      let before: Matrix | null = null;
      return {
        backward: {
          layer(layer, step) {
            const { x } = step.saved;
            const stale = layer === at && before?.data.length === x.data.length ? before : x;
            right.layer(layer, { ...step, saved: { ...step.saved, x: stale } });
            if (layer === at) before = { ...x, data: x.data.slice() };
          },
        },
      };
    },
  },
  'updated-before-used': {
    stage: 'train-step',
    description: 'the weights are updated before they are used for the gradient of the layer below',
    remedy: 'compute all gradients first, then update',
    layers: (setting) =>
      layersWhere(setting, (l) => learns(setting, l) && learntBelow(setting, l) !== undefined && takesSteps(setting)),
    first: (layer, setting) => [learntBelow(setting, layer) ?? ''],
    injection: (at) => ({ updatesEarly: [at] }),
  },
  'running-average-momentum-swapped': {
    stage: 'train-step',
    description: 'momentum and 1 - momentum change places in the running averages',
    remedy: 'running average = momentum · running average + (1 - momentum) · that of the batch',
    formula: 'running average = (1 - momentum) · running average + momentum · that of the batch',
    layers: (setting) =>
      layersWhere(setting, (l) => {
        const { page, spec } = layersOf(setting.network)[l];
        return page.follow !== undefined && spec['momentum'] !== 0.5;
      }),
    first: (layer, { network }) =>
      layersOf(network)[layer].parameters.flatMap(({ role, trained }) =>
        trained === false ? [nameOf({ layer: layer + 1, role })] : [],
      ),
    injection: (at) => ({
      follow: (layer, spec) => (layer === at ? { ...spec, momentum: 1 - (spec['momentum'] as number) } : spec),
    }),
  },
} as const satisfies Record<string, Fault>;
