// The kill table of the self-test: injects every known mistake, at every place where it is
// possible, into the hand-written engine, and counts whether the check catches, names and
// locates it.
import type { ActivationId, LossId } from '../ops/registry.ts';
import { parseLayers } from '../network/layer-notation.ts';
import { sizeOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { createRng } from '../numeric/rng.ts';
import { OPTIMIZERS } from '../ops/optimizers/optimizer.ts';
import type { OptimizerId, OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../ops/optimizers/registry.ts';
import { faultOf } from '../check/diagnosis/diagnose.ts';
import type { FaultInjector } from '../check/diagnosis/diagnose.ts';
import type { Setting } from '../faults/fault.ts';
import { FAULT_IDS, faultName, faultById, injectionOf, possibleFaults } from '../faults/registry.ts';
import type { FaultAt, FaultId } from '../faults/registry.ts';
import type { Watch } from '../check/watch.ts';
import { withEngines } from '../check/with-engines.ts';
import { eachOf } from './range.ts';
import type { Range } from './range.ts';
import { COMPARABLE, randomBatch, randomParameters } from './random-problem.ts';
import { judgedBy } from './makers.ts';
import type { Makers, Other } from './makers.ts';
import { firstWrongPlace, tryOut } from './trial.ts';
import type { Trial } from './trial.ts';

/** The counts of one mistake over all places and networks. */
export interface Kill {
  readonly fault: FaultId;
  readonly injected: number;
  readonly caught: number;
  /** The mistake is among the diagnoses, and nothing else is named where its effect differs. */
  readonly named: number;
  /** Something is named, but not this mistake. */
  readonly namedWrong: number;
  readonly firstPlaceRight: number;
}

export interface Miss {
  readonly fault: string;
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerId;
  readonly seed: number;
  readonly what: 'not caught' | 'not named' | 'named wrong' | 'first place wrong';
  /** What the check reported instead. */
  readonly said: string;
}

export interface KillTable {
  readonly kills: readonly Kill[];
  readonly misses: readonly Miss[];
}

/** AROUND and DECAYING go by the place in this list. */
const NETWORKS: readonly NetworkSpec[] = [
  mlp(7, [['tanh', 6], ['tanh', 6]], 4, 'softmax', 'cross-entropy'), // prettier-ignore
  mlp(9, [['relu', 8], ['relu', 8], ['relu', 8]], 5, 'softmax', 'mse'), // prettier-ignore
  mlp(6, [['sigmoid', 7], ['swish', 5]], 3, 'ratio', 'mse'), // prettier-ignore
  mlp(5, [['leaky-relu', 6], ['elu', 6]], 3, 'tanh', 'mse'), // prettier-ignore
  mlp(8, [['gelu', 6], ['softplus', 7]], 2, 'sigmoid', 'mse'), // prettier-ignore
  mlp(4, [['selu', 9]], 6, 'linear', 'mse'), // prettier-ignore
  mlp(12, [['relu', 10]], 10, 'softmax', 'cross-entropy'), // prettier-ignore
  { ...mlp(5, [['tanh', 6]], 3, 'softmax', 'cross-entropy'), penalties: [{ kind: 'l2', strength: 0.05 }] }, // prettier-ignore
  { ...mlp(6, [['sigmoid', 5]], 4, 'linear', 'mse'), penalties: [{ kind: 'l2', strength: 0.3, half: true, overBatch: true }] }, // prettier-ignore
  { ...mlp(4, [['swish', 7]], 3, 'softmax', 'mse'), penalties: [{ kind: 'l1', strength: 0.02, biases: true }] }, // prettier-ignore
  mlp(5, [['leaky-relu:0.05', 6], ['elu:0.5', 6]], 3, 'sigmoid', 'binary-cross-entropy'), // prettier-ignore
  mlp(5, [['tanh', 6]], 3, 'softmax', 'cross-entropy:0.1:weights=1,2,5'), // prettier-ignore
  mlp(6, [['tanh', 6]], 3, 'linear', 'half-squared-error'), // prettier-ignore
  mlp(6, [['sigmoid', 6]], 3, 'linear', 'mean-absolute-error'), // prettier-ignore
  mlp(6, [['tanh', 6]], 3, 'linear', 'huber:0.5'), // prettier-ignore
  mlp(6, [['tanh', 6]], 3, 'linear', 'hinge'), // prettier-ignore
  mlp(6, [['swish', 6]], 2, 'linear', 'squared-hinge'), // prettier-ignore
  ofPictures([6, 6, 2], 'conv:3x3:relu,max-pool:2,conv:4x2:tanh:same,flatten,dense:3:softmax'),
  ofPictures([7, 6, 1], 'conv:3x3x2:tanh:stride=2:same,average-pool:2:same,conv:2x2:relu,flatten,dense:3:softmax'),
  of(5, 'dense:8:tanh,dropout:0.4,dense:6:relu,dropout:0.25,dense:4:softmax'),
  of(6, 'dense:7:tanh,layer-norm:relu,dense:5:swish,layer-norm,dense:4:softmax'),
  of(6, 'dense:7:tanh,batch-norm:0.9:relu,dense:5:swish,batch-norm,dense:4:softmax'),
];

function of(inputs: number, layers: string): NetworkSpec {
  const parsed = parseLayers(layers, 'linear', 'linear') as unknown as NetworkSpec['layers'];
  return { inputs, layers: parsed, loss: 'cross-entropy' };
}

function ofPictures(inputShape: number[], layers: string): NetworkSpec {
  return { ...of(sizeOf(inputShape), layers), inputShape };
}

/** What surrounds the update, by the network; others have nothing. */
const AROUND: Readonly<Record<number, Partial<OptimizerSpec>>> = {
  7: { clipNorm: 0.01 },
  8: { schedule: 'exponential:0.5' },
  9: { clipValue: 0.001 },
};
/** The networks on which sgd has weight decay. */
const DECAYING = 9;

function mlp(
  inputs: number,
  hidden: [ActivationId, number][],
  K: number,
  output: ActivationId,
  loss: LossId,
): NetworkSpec {
  const layers = hidden.map(([activation, units]) => ({ activation, units }));
  return { inputs, layers: [...layers, { units: K, activation: output }], loss };
}

export const EXAMPLES = 20;
/**
 * Scales of the weights, tried in turn: a mistake may make no difference on one draw (a clipped
 * probability, if the network is not confident).
 */
const SCALES = [1, 4, 16, 64];

/** The result of one mistake at one place. Plain data, because parts may run in other processes. */
export interface Tried {
  readonly fault: FaultId;
  readonly judgement: Judgement;
  /** What is wrong with the judgement; null if nothing is. */
  readonly miss: Miss | null;
}

/** @param thorough all of the networks, instead of two and what is not possible in these */
export function countKills(thorough: boolean): number {
  return jobsOf(thorough).length;
}

/** Tries the mistakes from `range.from` up to `range.to`, in the order of the table. */
export async function tryKills(makers: Makers, thorough: boolean, range: Range, watch: Watch): Promise<Tried[]> {
  const jobs = jobsOf(thorough);
  return eachOf('kills', range, watch, async (n) => {
    const { setting: given, fault } = jobs[n];
    const other = otherFor(makers, given, n);
    const setting = judgedBy(other.arithmetic, given);
    const { seed, trial } = await inject(makers, other, setting, fault);
    const judgement = judge(fault, setting, trial);
    const what = missOf(judgement);
    const { network, optimizer } = setting;
    const place = { fault: faultName(fault), network, optimizer: optimizer.id, seed };
    return { fault: fault.id, judgement, miss: what && { ...place, what, said: judgement.said } };
  });
}

/** A row for every known mistake, whether or not it was tried. */
export function killTable(all: readonly Tried[]): KillTable {
  const kills = FAULT_IDS.map((fault): Kill => {
    const own = all.filter((tried) => tried.fault === fault).map(({ judgement }) => judgement);
    const count = (is: (judgement: Judgement) => boolean): number => own.filter(is).length;
    return {
      fault,
      injected: own.length,
      caught: count(({ caught }) => caught),
      named: count(({ named }) => named),
      namedWrong: count(({ namedWrong }) => namedWrong),
      firstPlaceRight: count(({ placeRight }) => placeRight),
    };
  });
  return { kills, misses: all.flatMap(({ miss }) => miss ?? []) };
}

interface Job {
  readonly setting: Setting;
  readonly fault: FaultAt;
}

/** Jobs are the same each time, and making them takes as long as trying one. */
const made = new Map<boolean, readonly Job[]>();

/**
 * Mistakes in gradients do not depend on the optimizer, so they run with one optimizer per network.
 * Those of a training step run with plain sgd: a gradient that is a little off does not show where
 * it is clipped, nor in the first step of Adam and its relatives, which hardly depends on its size.
 */
export function jobsOf(thorough: boolean): readonly Job[] {
  const known = made.get(thorough);
  if (known !== undefined) return known;
  const done = new Set<FaultId>();
  const isNew = ({ id }: FaultAt): boolean => !done.has(id);
  const all = NETWORKS.flatMap((network, n) => {
    const jobs = jobsIn(network, n).filter((job) => thorough || n < 2 || isNew(job.fault));
    for (const { fault } of jobs) done.add(fault.id);
    return jobs;
  });
  made.set(thorough, all);
  return all;
}

function jobsIn(network: NetworkSpec, n: number): Job[] {
  return OPTIMIZERS.flatMap((id, o) => {
    const setting = {
      network,
      optimizer: optimizerSpec(id, {
        learningRate: 0.05,
        ...AROUND[n],
        ...(n === DECAYING && id === 'sgd' && { weightDecay: 0.1 }),
      }),
      scaling: { mean: 0, deviation: 255 },
    };
    const first = o === n % OPTIMIZERS.length;
    const runs = {
      update: true,
      'train-step': id === 'sgd' && AROUND[n] === undefined,
      gradient: first,
      again: first,
      loss: first,
    };
    return possibleFaults(setting)
      .filter((fault) => runs[faultById(fault.id).stage])
      .map((fault) => ({ setting, fault }));
  });
}

/**
 * The engine to compare with: each in turn. For an optimizer that is wrong in TensorFlow.js, the
 * tested engine without the mistake.
 */
function otherFor(makers: Makers, setting: Setting, n: number): Other {
  const { network, optimizer } = setting;
  const can = ({ supports = () => true }: Other): boolean => supports(network, optimizer);
  const others = makers.others.filter(can);
  if (COMPARABLE.includes(optimizer.id) && others.length > 0) return others[n % others.length];
  if (can(makers.onTrial)) return makers.onTrial;
  return { label: 'vector f32', make: () => makers.own(network, optimizer, { dtype: 'f32' }) };
}

async function inject(
  makers: Makers,
  other: Other,
  setting: Setting,
  fault: FaultAt,
): Promise<{ seed: number; trial: Trial }> {
  const { network, optimizer } = setting;
  const injector: FaultInjector = {
    setting,
    inject: (injection) => makers.own(network, optimizer, { dtype: 'f64', injection }),
  };
  for (const [seed, scale] of SCALES.entries()) {
    const rng = createRng(seed, `kill ${faultName(fault)}`);
    const [start, batch] = [randomParameters(network, rng, scale), randomBatch(network, EXAMPLES, rng, 1)];
    const injection = injectionOf(fault, setting);
    const trial = await withEngines(async (open) => {
      const candidate = await open(() => makers.own(network, optimizer, { dtype: 'f32', injection }));
      const reference = await open(() => other.make(network, optimizer));
      return tryOut(injector, start, batch, { candidate, reference });
    });
    if (trial.verdict.kind === 'disagree' || seed === SCALES.length - 1) return { seed, trial };
  }
  throw new Error('SCALES is empty');
}

interface Judgement {
  readonly caught: boolean;
  readonly named: boolean;
  readonly namedWrong: boolean;
  readonly placeRight: boolean;
  readonly said: string;
}

function judge(fault: FaultAt, setting: Setting, trial: Trial): Judgement {
  const caught = trial.verdict.kind === 'disagree' && leftIsCandidate(trial);
  const ofUpdate = ['update', 'train-step'].includes(faultById(fault.id).stage);
  const [own, other] = ofUpdate ? [trial.updates, trial.gradients] : [trial.gradients, trial.updates];
  const names = (own.diagnosis?.mistakes ?? []).map((m) => faultName(faultOf(m)));
  const elsewhere = other.diagnosis?.mistakes ?? [];
  const right = names.includes(faultName(fault));
  const place = firstWrongPlace(setting.network, trial);
  const expected = faultById(fault.id).first(typeof fault.layer === 'number' ? fault.layer : 0, setting);
  return {
    caught,
    named: right && elsewhere.length === 0,
    namedWrong: (names.length > 0 && !right) || elsewhere.length > 0,
    placeRight: place !== null && expected.includes(place),
    said: `named ${names.join(' or ') || 'nothing'}; first wrong place: ${place ?? 'none'}, expected ${expected.join(' or ')}`,
  };
}

/** Whether no finding blames the engine that is right. */
function leftIsCandidate({ verdict }: Trial): boolean {
  return (
    verdict.kind === 'disagree' &&
    verdict.findings.every((f) => f.kind !== 'beyond-bound' || f.measure.left === 'candidate')
  );
}

function missOf({ caught, named, namedWrong, placeRight }: Judgement): Miss['what'] | null {
  if (!caught) return 'not caught';
  if (namedWrong) return 'named wrong';
  if (!named) return 'not named';
  return placeRight ? null : 'first place wrong';
}
