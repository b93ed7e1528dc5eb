// Optimizers by hand, right but for one mistake that shows after some steps or with some settings
// alone, each with the smallest training that shows it, worked out by hand.
import type { CandidateLayer, CandidateUpdate, CandidateUpdated } from '../../src/candidates/candidate.ts';
import { right } from './wrong.ts';

interface Slots {
  m: number[];
  v: number[];
}

/** What of an update can be wrong. */
interface Spoil {
  /** The number of the step, from 1. */
  readonly t?: (step: number) => number;
  /** What is kept from the step before. */
  readonly kept?: (slots: Slots | undefined, step: number) => Slots | undefined;
  readonly rate?: (now: number, before: number) => number;
  /** What gradients are multiplied by, given their norm; null: each is cut to ±c. */
  readonly scale?: (norm: number, c: number) => number | null;
  readonly shrink?: (rate: number, decay: number) => number;
}

interface State {
  readonly slots: Slots;
  readonly rate: number;
}

const flat = (layers: readonly CandidateLayer[]): number[] =>
  layers.flatMap(({ weights, bias }) => [...weights.flat(), ...bias]);

const RULES: Readonly<Record<string, (g: number, i: number, slots: Slots, t: number, o: Optimizer) => number>> = {
  sgd: (g) => g,
  momentum: (g, i, { m }, _t, { momentum }) => (m[i] = momentum * (m[i] ?? 0) + g),
  adam(g, i, { m, v }, t, { beta1, beta2, epsilon }) {
    m[i] = beta1 * (m[i] ?? 0) + (1 - beta1) * g;
    v[i] = beta2 * (v[i] ?? 0) + (1 - beta2) * g * g;
    return m[i] / (1 - beta1 ** t) / (Math.sqrt(v[i] / (1 - beta2 ** t)) + epsilon);
  },
};
type Optimizer = CandidateUpdate['optimizer'];

/** sgd, momentum and adam, with clipping, and sgd with weight decay. */
export function training({ t, kept, rate, scale, shrink }: Spoil) {
  function applyGradients({ optimizer, parameters, gradients, step, state }: CandidateUpdate): CandidateUpdated {
    const before = state as State | undefined;
    if (!(optimizer.id in RULES)) throw new Error(`optimizer ${optimizer.id} is not implemented`);
    const g = clipped(flat(gradients), optimizer);
    const slots = (kept === undefined ? before?.slots : kept(before?.slots, step)) ?? { m: [], v: [] };
    const lr = rate?.(optimizer.learningRate, before?.rate ?? optimizer.learningRate) ?? optimizer.learningRate;
    const decay = optimizer.weightDecay ?? 0;
    const factor = shrink?.(lr, decay) ?? 1 - lr * decay;
    let i = 0;
    const moved = (w: number): number => {
      const by = RULES[optimizer.id](g[i], i, slots, t?.(step) ?? step, optimizer);
      i++;
      return factor * w - lr * by;
    };
    const after = parameters.map(({ weights, bias }) => ({
      weights: weights.map((row) => row.map(moved)),
      bias: bias.map(moved),
    }));
    return { parameters: after, state: { slots, rate: optimizer.learningRate } };
  }
  const clipped = (g: number[], { clipNorm, clipValue }: Optimizer): number[] => {
    const cut = (c: number): number[] => g.map((x) => Math.min(c, Math.max(-c, x)));
    if (clipValue !== undefined) return cut(clipValue);
    if (clipNorm === undefined) return g;
    const norm = Math.hypot(...g);
    const by = scale === undefined ? Math.min(1, clipNorm / norm) : scale(norm, clipNorm);
    return by === null ? cut(clipNorm) : g.map((x) => x * by);
  };
  return { default: right, applyGradients, name: 'mine' };
}

export interface WrongTraining {
  readonly spoil: Spoil;
  readonly steps: number;
  readonly optimizer: string;
  readonly additions: readonly string[];
  /** The known mistakes that explain it. */
  readonly mistakes: readonly string[];
}

export const WRONG_TRAININGS: Readonly<Record<string, WrongTraining>> = {
  'the bias correction of adam stays that of the first step': {
    spoil: { t: () => 1 },
    ...{ steps: 2, optimizer: 'adam', additions: [], mistakes: [] },
  },
  'the bias correction of adam stops at the fourth step': {
    spoil: { t: (step) => Math.min(4, step) },
    ...{ steps: 5, optimizer: 'adam', additions: [], mistakes: [] },
  },
  'the velocity is lost after each step': {
    spoil: { kept: () => undefined },
    ...{ steps: 2, optimizer: 'momentum', additions: [], mistakes: ['momentum-missing'] },
  },
  'the velocity is lost after two steps': {
    spoil: { kept: (slots, step) => (step % 2 === 1 ? undefined : slots) },
    ...{ steps: 3, optimizer: 'momentum', additions: [], mistakes: [] },
  },
  'the learning rate is that of the step before': {
    spoil: { rate: (_now, before) => before },
    ...{ steps: 2, optimizer: 'sgd', additions: ['step'], mistakes: ['schedule-missing', 'schedule-late'] },
  },
  'clipping by value where the norm is asked for': {
    spoil: { scale: () => null },
    ...{ steps: 1, optimizer: 'sgd', additions: ['clip-norm'], mistakes: ['clip-per-tensor', 'clip-norm-as-value'] },
  },
  'gradients are scaled to the norm where theirs is smaller': {
    spoil: { scale: (norm, c) => c / norm },
    ...{ steps: 1, optimizer: 'sgd', additions: ['clip-norm'], mistakes: [] },
  },
  'the decay is not multiplied by the learning rate': {
    spoil: { shrink: (_rate, decay) => 1 - decay },
    ...{ steps: 1, optimizer: 'sgd', additions: ['weight-decay'], mistakes: ['sgd-decay-without-rate'] },
  },
};
