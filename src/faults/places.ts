// Where known mistakes are made, found by asking each: in which step of the work, and in which
// networks.
import type { Family } from '../ops/family.ts';
import type { PenaltySpec } from '../ops/penalties/page.ts';
import { OPTIMIZER_PAGES } from '../ops/optimizers/optimizer.ts';
import type { OptimizerId, OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../ops/optimizers/registry.ts';
import { ACTIVATION_PAGES, LOSS_PAGES, OUTPUT_PAGES } from '../ops/registry.ts';
import { SCALES, fitScaling } from '../data/scaling.ts';
import type { ScaleId } from '../data/scaling.ts';
import { BackproofError } from '../errors.ts';
import { parseLayers } from '../network/layer-notation.ts';
import { checkNetwork } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Fault, Setting } from './fault.ts';

/** The part of the work in which a mistake is made. */
export const STEPS = ['inputs', 'loss', 'activations', 'layers', 'optimizer', 'training loop'] as const;
export type Step = (typeof STEPS)[number];

/** What a network is chosen by. */
export interface Choices {
  readonly hidden: readonly number[];
  /** All layers but the last in their notation, in place of the hidden ones; empty: none. */
  readonly layers: string;
  readonly activation: string;
  readonly output: string;
  readonly loss: string;
  readonly optimizer: string;
  readonly scale: ScaleId;
  /** Options that add penalties; empty: none. */
  readonly penalty: string;
  /** Options of what surrounds the update; empty: none. */
  readonly training: string;
}

/** Inputs and classes of the data; they are numbers around 0 and 1, as in generated sets. */
export interface Width {
  readonly inputs: number;
  readonly classes: number;
}

const NUMBERS = { count: 2, width: 1, values: Float32Array.of(0, 1), labels: Uint8Array.of(0, 1) };

/** A network in which a mistake can be made. */
export interface Place {
  readonly step: Step;
  readonly choices: Choices;
  readonly setting: Setting;
  /**
   * The choices by which it becomes possible, where not all do: `optimizer` and `adam`, `rmsprop`.
   */
  readonly only: Readonly<Partial<Record<keyof Choices, readonly string[]>>>;
}

/** Layers of other kinds than dense, each kind with one like it above. */
const OTHER_LAYERS = [
  'conv:3x3:relu,max-pool:2,conv:4x2:relu,average-pool:2,flatten',
  'conv:3x3:relu:stride=2:same,conv:4x3:relu:stride=2:same,average-pool:2:same,flatten',
  'dense:8:tanh,layer-norm,dense:8:tanh,layer-norm',
  'dense:8:tanh,dropout:0.4,dense:8:tanh,dropout:0.4',
  'dense:8:tanh,batch-norm,dense:8:tanh,batch-norm',
];

/** Penalties, by the options that add them. */
const PENALTIES: Readonly<Record<string, readonly PenaltySpec[]>> = {
  '': [],
  '--l2 0.01': [{ kind: 'l2', strength: 0.01 }],
  '--l1 0.01': [{ kind: 'l1', strength: 0.01 }],
  '--l2 0.01 --penalty-over-batch': [{ kind: 'l2', strength: 0.01, overBatch: true }],
};

/** Clipping, schedules and weight decay, by the options that choose them. */
const TRAINING: Readonly<Record<string, Partial<Omit<OptimizerSpec, 'id'>>>> = {
  '': {},
  '--clip-norm 0.01': { clipNorm: 0.01 },
  '--schedule exponential:0.5': { schedule: 'exponential:0.5' },
  '--weight-decay 0.1': { weightDecay: 0.1 },
};

/**
 * What each choice may be; the hidden layers also as two of the same width, for mistakes
 * between them.
 */
function alternatives({ hidden }: Choices): { readonly [K in keyof Choices]: readonly Choices[K][] } {
  const elementwise = namesOf(ACTIVATION_PAGES);
  return {
    hidden: [hidden, [...hidden, ...hidden]],
    activation: elementwise,
    output: [...namesOf(OUTPUT_PAGES), ...elementwise],
    loss: namesOf(LOSS_PAGES),
    optimizer: OPTIMIZER_PAGES.map(({ id }): string => id),
    scale: SCALES,
    penalty: Object.keys(PENALTIES),
    training: Object.keys(TRAINING),
    layers: ['', ...OTHER_LAYERS], // last: a choice for dense layers is nearer
  };
}

/** Names of pages, then of some that families make. */
function namesOf(pages: readonly { readonly id: string; readonly family?: Family<unknown> }[]): string[] {
  const made = pages.flatMap(({ id, family }) => (family?.examples ?? []).map((text) => `${id}:${text}`));
  return [...pages.map(({ id }) => id), ...made];
}

/**
 * The nearest network to `base` in which a mistake can be made: first `base`, then with one choice
 * changed, then with two.
 * @param most choices that may be changed
 * @returns null where there is none
 */
export function placeOf(fault: Fault, base: Choices, data: Width, most: 1 | 2): Place | null {
  const isAllowed = (choices: Choices): boolean => isSound(() => settingOf(choices, data));
  const isPossible = (choices: Choices): boolean => fault.layers(settingOf(choices, data)).length > 0;
  const once = changesOf(base);
  const twice = most === 2 ? once.flatMap(changesOf) : [];
  const choices = [base, ...once, ...twice].find((one) => isAllowed(one) && isPossible(one));
  if (choices === undefined) return null;
  const setting = settingOf(choices, data);
  return { step: stepOf(fault, setting), choices, setting, only: limitsOf(choices, isAllowed, isPossible) };
}

function settingOf(
  { hidden, layers: others, activation, output, loss, optimizer, scale, penalty, training }: Choices,
  { inputs, classes }: Width,
): Setting {
  const below =
    others === '' ? hidden.map((units) => ({ units, activation })) : parseLayers(others, activation, activation);
  const layers = [...below, { units: classes, activation: output }];
  const side = Math.sqrt(inputs);
  return {
    network: {
      inputs,
      ...(others.startsWith('conv') && { inputShape: [side, side, 1] }),
      layers,
      loss,
      ...(penalty !== '' && { penalties: PENALTIES[penalty] }),
    } as NetworkSpec,
    optimizer: optimizerSpec(optimizer as OptimizerId, TRAINING[training]),
    scaling: fitScaling(scale, NUMBERS),
  };
}

/** Some losses need an output of their own, and some optimizers have no weight decay. */
function isSound(make: () => Setting): boolean {
  try {
    checkNetwork(make().network);
    return true;
  } catch (error) {
    if (error instanceof BackproofError) return false;
    throw error;
  }
}

/** `base` with one choice changed, in every way. */
function changesOf(base: Choices): Choices[] {
  return Object.entries(alternatives(base)).flatMap(([name, values]: [string, readonly unknown[]]) =>
    values.map((value): Choices => ({ ...base, [name]: value })),
  );
}

/**
 * Which choices matter: of those whose network can be made, some allow the mistake and some do not.
 */
function limitsOf(
  choices: Choices,
  isAllowed: (choices: Choices) => boolean,
  isPossible: (choices: Choices) => boolean,
): Place['only'] {
  const { activation, output, loss, optimizer, penalty, training } = alternatives(choices);
  const limits = Object.entries({ activation, output, loss, optimizer, penalty, training }).flatMap(
    ([name, values]) => {
      const allowed = values.filter((value) => isAllowed({ ...choices, [name]: value }));
      const possible = allowed.filter((value) => isPossible({ ...choices, [name]: value }));
      return possible.length < allowed.length ? [[name, possible] as const] : [];
    },
  );
  return Object.fromEntries(limits);
}

/** By what its recipe exchanges. */
function stepOf({ stage, layers, injection }: Fault, setting: Setting): Step {
  const { inputs, backward = {}, penaltyValue, updatesEarly, follow } = injection(layers(setting)[0] ?? 0, setting);
  if (stage === 'again' || updatesEarly !== undefined || follow !== undefined) return 'training loop';
  if (inputs !== undefined) return 'inputs';
  if ([backward.loss, backward.penalty, penaltyValue].some((part) => part !== undefined)) return 'loss';
  if (backward.activation !== undefined) return 'activations';
  return backward.layer === undefined && backward.forward === undefined ? 'optimizer' : 'layers';
}
