// The problems for each library: every activation, output and loss that both it and backproof have,
// batches of 1 and 5, several depths, and very large scores.
import type { ActivationId, LossId } from '../../src/ops/registry.ts';
import type { Audited, Configuration, OptimizerAudit } from './configuration.ts';

const MODERATE = { hidden: [1, 2], batches: [1, 5] };
const OUTPUT_ALONE = { hidden: [0], batches: [1, 5] };
const SOFTMAX = { output: 'softmax', loss: 'cross-entropy' } as const;
const SQUARED = { output: 'linear', loss: 'mse' } as const;
const SAME = { output: 'same', loss: 'mse' } as const;
/** Scores beyond 710, where e^z overflows binary64. */
const FAR_OUT = { hidden: [1], batches: [5], inputsTimes: 2000 };
/** So small that an update made too early is lost in the rounding of the weights. */
const TINY_RATE = { learningRate: 2 ** -34 };
const UPDATE = (id: OptimizerAudit['id'], loss: LossId, output: ActivationId): OptimizerAudit => ({ id, loss, output });

const CONVNETJS = ['linear', 'relu', 'sigmoid', 'tanh'] as const;
const TOYGRAD = ['linear', 'relu', 'sigmoid', 'tanh'] as const;
/** Its slope below 0 is 0.01; backproof's is 0.2. */
const TOYGRAD_OWN = { activations: ['leaky-relu'], ownFunction: true } as const;
const BRAIN = ['relu', 'leaky-relu', 'sigmoid', 'tanh'] as const;
const SYNAPTIC = ['linear', 'relu', 'sigmoid', 'tanh'] as const;
const NEATAPTIC = ['linear', 'relu', 'selu', 'sigmoid', 'tanh'] as const;
const NEATAPTIC_OWN = [
  ...['STEP', 'SOFTSIGN', 'SINUSOID', 'GAUSSIAN', 'BENT_IDENTITY', 'BIPOLAR', 'BIPOLAR_SIGMOID', 'HARD_TANH'],
  ...['ABSOLUTE', 'INVERSE'],
];
const ML_FNN = ['linear', 'relu', 'leaky-relu', 'elu', 'softplus', 'sigmoid', 'tanh'] as const;
const JAX = [
  ...(['linear', 'relu', 'leaky-relu', 'elu', 'selu', 'softplus', 'sigmoid', 'tanh', 'swish', 'gelu'] as const),
];

/** For both graph libraries: first the last layer, then the gradient passed back through it. */
const graphLibrary = (own: string, activations: readonly ActivationId[]): Configuration[] => [
  { id: `${own} output`, what: 'one layer', activations, ...SAME, ...OUTPUT_ALONE },
  {
    id: `${own} hidden`,
    what: 'linear output, squared error, learning rate 1/4',
    activations,
    ...SQUARED,
    ...MODERATE,
  },
  { id: `${own} tiny`, what: 'the same, learning rate 2⁻³⁴', activations, ...SQUARED, ...MODERATE, options: TINY_RATE },
];

export const AUDITED: readonly Audited[] = [
  {
    adapter: 'brain',
    configurations: [
      {
        id: 'brain',
        what: 'in all layers, squared error',
        activations: BRAIN,
        ...SAME,
        hidden: [0, 1, 2],
        batches: [1, 5],
      },
      {
        id: 'brain far',
        what: 'the same, large scores',
        activations: ['relu', 'sigmoid', 'tanh'],
        ...SAME,
        ...FAR_OUT,
      },
    ],
    optimizers: [UPDATE('momentum', 'mse', 'sigmoid'), UPDATE('adam', 'mse', 'sigmoid')],
  },
  { adapter: 'synaptic', configurations: graphLibrary('synaptic', SYNAPTIC), optimizers: [] },
  {
    adapter: 'convnetjs',
    configurations: [
      { id: 'convnetjs softmax', what: 'softmax, cross-entropy', activations: CONVNETJS, ...SOFTMAX, ...MODERATE },
      { id: 'convnetjs regression', what: 'regression', activations: CONVNETJS, ...SQUARED, ...MODERATE },
      { id: 'convnetjs far', what: 'softmax, large scores', activations: CONVNETJS, ...SOFTMAX, ...FAR_OUT },
    ],
    optimizers: [
      UPDATE('momentum', 'cross-entropy', 'softmax'),
      UPDATE('adadelta', 'cross-entropy', 'softmax'),
      UPDATE('rmsprop', 'cross-entropy', 'softmax'),
    ],
  },
  {
    adapter: 'neataptic',
    configurations: [
      ...graphLibrary('neataptic', NEATAPTIC),
      {
        ...{
          id: 'neataptic own',
          what: 'its other activations, learning rate 2⁻³⁴',
          activations: ['linear'],
          ...SQUARED,
        },
        ...{ hidden: [1], batches: [1, 5], options: TINY_RATE, squashes: NEATAPTIC_OWN },
      },
    ],
    optimizers: [UPDATE('momentum', 'mse', 'linear')],
  },
  {
    adapter: 'ml-fnn',
    configurations: [
      { id: 'ml-fnn', what: 'softmax, cross-entropy', activations: ML_FNN, ...SOFTMAX, ...MODERATE },
      {
        ...{ id: 'ml-fnn load', what: 'the same, from its load()', activations: ML_FNN },
        ...{ ...SOFTMAX, ...MODERATE, options: { saved: true } },
      },
      {
        ...{ id: 'ml-fnn far', what: 'from its load(), large scores', activations: ['linear', 'relu', 'tanh'] },
        ...{ ...SOFTMAX, ...FAR_OUT, options: { saved: true } },
      },
    ],
    optimizers: [],
  },
  {
    adapter: 'toygrad',
    configurations: [
      { id: 'toygrad softmax', what: 'softmax, cross-entropy', activations: TOYGRAD, ...SOFTMAX, ...MODERATE },
      { id: 'toygrad regression', what: 'regression', activations: TOYGRAD, ...SQUARED, ...MODERATE },
      { id: 'toygrad leaky', what: 'softmax, cross-entropy', ...TOYGRAD_OWN, ...SOFTMAX, ...MODERATE },
      { id: 'toygrad leaky', what: 'regression', ...TOYGRAD_OWN, ...SQUARED, ...MODERATE },
      {
        id: 'toygrad output',
        what: 'in all layers, regression',
        activations: TOYGRAD,
        ...SAME,
        hidden: [0, 1],
        batches: [5],
      },
      {
        id: 'toygrad far',
        what: 'softmax, large scores',
        activations: ['relu', 'sigmoid', 'tanh'],
        ...SOFTMAX,
        ...FAR_OUT,
      },
    ],
    optimizers: [
      UPDATE('momentum', 'cross-entropy', 'softmax'),
      UPDATE('nesterov', 'cross-entropy', 'softmax'),
      UPDATE('adam', 'cross-entropy', 'softmax'),
      UPDATE('adadelta', 'cross-entropy', 'softmax'),
    ],
  },
  {
    adapter: 'jax-js',
    configurations: [
      { id: 'jax softmax', what: 'softmax, cross-entropy', activations: JAX, ...SOFTMAX, ...MODERATE },
      {
        id: 'jax squared',
        what: 'in all layers, squared error',
        activations: JAX,
        ...SAME,
        hidden: [0, 1],
        batches: [1, 5],
      },
      {
        ...{ id: 'jax gelu', what: 'its default gelu, squared error', activations: ['gelu'], ...SQUARED },
        ...{ hidden: [1], batches: [1], options: { approximate: true } },
      },
      { id: 'jax far', what: 'squared error, large scores', activations: JAX, ...SQUARED, ...FAR_OUT },
    ],
    optimizers: [],
  },
];
