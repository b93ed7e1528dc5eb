// The kill table of the self-test: injects every known mistake, at every place where it is
// possible, into the hand-written engine, and counts whether the check catches, names and
// locates it.
import type { NetworkSpec } from '../network/spec.ts';
import { createRng } from '../numeric/rng.ts';
import type { OptimizerId } from '../ops/optimizers/optimizer.ts';
import { faultOf } from '../check/diagnosis/diagnose.ts';
import type { FaultInjector } from '../check/diagnosis/diagnose.ts';
import type { Setting } from '../faults/fault.ts';
import { FAULT_IDS, faultName, faultById, injectionOf } from '../faults/registry.ts';
import type { FaultAt, FaultId } from '../faults/registry.ts';
import type { Watch } from '../check/watch.ts';
import { withEngines } from '../check/with-engines.ts';
import { jobsOf } from './kill-jobs.ts';
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

/** @param thorough everything; else a part of it, with each mistake */
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
