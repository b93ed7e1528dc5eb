// Finds two known mistakes that explain wrong gradients together, where no single one does. It asks
// the engine nothing: it compares with the answers there are.
//
// The search starts at one question, at the highest layer with a wrong tensor. Either one of the
// two mistakes alone explains a tensor there, so the other is looked for everywhere; or both change
// every wrong tensor there, so both are looked for among those that do.
import type { FaultInjection } from '../../engines/engine.ts';
import { namedTensors } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { distance, norm } from '../../numeric/norms.ts';
import { faultById, faultName, faultsEverywhere, injectionOf, possibleFaults } from '../../faults/registry.ts';
import type { FaultAt } from '../../faults/registry.ts';
import { meet, twoInjected } from '../../faults/two.ts';
import { breather } from '../watch.ts';
import type { Watch } from '../watch.ts';
import { bestOf, isTelling, misfitAt, wrongTensors } from './evidence.ts';
import type { Evidence, FaultInjector } from './evidence.ts';
import { Mistaken } from './mistaken.ts';
import { tensorMisfits } from './misfit.ts';

/** Two mistakes, in the order in which they are made where that matters. */
export type TwoFaults = readonly [FaultAt, FaultAt];

/** Milliseconds for the whole search: what is not found by then is not told. */
const AT_MOST = 8000;
/** More pairs than this with the same numbers say nothing. */
const MOST_PAIRS = 4;
/** Relative: a tensor that a mistake changes by less is not changed. */
const UNCHANGED = 1e-12;

/** Two mistakes, as a name that does not depend on their order. */
const nameOf = (two: TwoFaults): string => two.map(faultName).toSorted().join(' and ');

/**
 * All pairs that explain the answers to all questions, if they are few; empty if the search takes
 * too long, because there might be others.
 */
export async function explainingPairs(
  injector: FaultInjector,
  evidence: Evidence,
  watch: Watch,
): Promise<readonly TwoFaults[]> {
  const search = new Search(injector, evidence, watch);
  try {
    const remembers = remembersBatches(evidence);
    const plain = remembers ? await search.withMemory() : await search.inOneBatch(search.single);
    // one mistake in one place is likelier than the same mistake in every layer
    const all = plain.length > 0 || remembers ? plain : await search.inOneBatch(search.everywhere);
    const isFew = all.length <= MOST_PAIRS && (await search.areAlike(all));
    return search.isOver() || !isFew ? [] : all;
  } finally {
    await search.dispose();
  }
}

/** Whether the given batch was answered otherwise after another one. */
function remembersBatches({ asked, found, missing }: Evidence): boolean {
  const again = asked.findIndex(({ name }) => name === 'again');
  if (again < 0) return false;
  const { errors } = asked[0].exact;
  return wrongTensors(found[again].gradients, { gradients: found[0].gradients, errors }, missing).length > 0;
}

/** What a mistake alone does to the wrong tensors of one layer. */
interface Alone {
  readonly fault: FaultAt;
  /** It gives one of them as it was found. */
  readonly explains: boolean;
  /** It changes all of them. */
  readonly touches: boolean;
}

class Search {
  /** Mistakes in one place, or of the whole network, that show in the gradients of a batch. */
  readonly single: readonly FaultAt[];
  /** Those made in every layer. */
  readonly everywhere: readonly FaultAt[];
  private readonly again: readonly FaultAt[];
  private readonly began: number;
  private readonly breathe: () => Promise<void>;
  private readonly mistaken: Mistaken;
  private tried = 0;
  private readonly injector: FaultInjector;
  private readonly evidence: Evidence;
  private readonly watch: Watch;

  constructor(injector: FaultInjector, evidence: Evidence, watch: Watch) {
    [this.injector, this.evidence, this.watch] = [injector, evidence, watch];
    const at = (stage: string) => (fault: FaultAt) => faultById(fault.id).stage === stage;
    const all = possibleFaults(injector.setting);
    this.single = all.filter(at('gradient'));
    this.again = all.filter(at('again'));
    this.everywhere = faultsEverywhere(injector.setting).filter(at('gradient'));
    this.mistaken = new Mistaken(injector);
    this.began = watch.now();
    this.breathe = breather(watch);
  }

  isOver(): boolean {
    return this.watch.signal.aborted || this.watch.now() - this.began > AT_MOST;
  }

  dispose(): Promise<void> {
    return this.mistaken.dispose();
  }

  /**
   * Whether they give the same numbers, also where single precision decides nothing: what differs
   * there alone cannot be told apart, and is not the same either.
   */
  async areAlike([first, ...others]: readonly TwoFaults[]): Promise<boolean> {
    if (others.length === 0) return true;
    const expected = await this.answers(first);
    for (const two of others) {
      const own = await this.answers(two);
      if (!own.every((gradients, n) => isAlike(gradients, expected[n]))) return false;
    }
    return true;
  }

  private async answers([one, two]: TwoFaults): Promise<Parameters[]> {
    this.mistaken.make(twoInjected(one, two, this.injector.setting));
    const all: Parameters[] = [];
    for (const question of this.evidence.asked) all.push((await this.mistaken.answer(question)).gradients);
    return all;
  }

  /** Pairs of one of `firsts` with one of them or of the single ones. */
  async inOneBatch(firsts: readonly FaultAt[]): Promise<TwoFaults[]> {
    const { evidence } = this;
    const n = this.firstTelling();
    if (n === null) return [];
    const of = async (faults: readonly FaultAt[]): Promise<Alone[]> => this.alone(n, faults);
    const own = await of(firsts);
    const others = firsts === this.single ? [] : await of(this.single);
    const all = [...own, ...others];
    const halves = all.filter(({ explains }) => explains);
    const touching = all.filter(({ touches }) => touches);
    const isOwn = new Set(own);
    const pairs = new Map<string, readonly [Alone, Alone]>();
    const add = (one: Alone, two: Alone): void => {
      if (one === two || !(isOwn.has(one) || isOwn.has(two))) return;
      const name = nameOf([one.fault, two.fault]);
      if (!pairs.has(name)) pairs.set(name, [one, two]);
    };
    for (const one of halves) for (const two of all) add(one, two);
    for (const one of touching) for (const two of touching) add(one, two);
    const order = [...evidence.asked.keys()].toSorted((a, b) => this.rows(a) - this.rows(b));
    return this.explaining(
      [...pairs.values()].map(([one, two]) => [one.fault, two.fault] as const),
      order,
    );
  }

  /**
   * Pairs with a mistake that shows only after another batch: the other one explains the first
   * answer, or shows only later too.
   */
  async withMemory(): Promise<TwoFaults[]> {
    const { evidence, again } = this;
    const firsts = isTelling(evidence, 0) ? await this.explainingFirst() : this.single;
    const pairs = firsts.flatMap((one) => again.map((two) => [one, two] as const));
    const late = again.flatMap((one, n) => again.slice(n + 1).map((two) => [one, two] as const));
    return this.explaining([...pairs, ...late], [...evidence.asked.keys()]);
  }

  /** Mistakes that explain the answer to the first question alone. */
  private async explainingFirst(): Promise<FaultAt[]> {
    const fits: FaultAt[] = [];
    for (const fault of this.single) {
      if (this.isOver()) break;
      const apart = await this.misfit(injectionOf(fault, this.injector.setting), [0]);
      if (apart <= 1) fits.push(fault);
    }
    return fits;
  }

  private rows(n: number): number {
    return this.evidence.asked[n].batch.inputs.rows;
  }

  /** The question to start from: wrong, decided, small; a single example only if no other is. */
  private firstTelling(): number | null {
    const { asked, found, missing } = this.evidence;
    const wrong = [...asked.keys()].filter(
      (n) => isTelling(this.evidence, n) && wrongTensors(found[n].gradients, asked[n].exact, missing).length > 0,
    );
    const size = (n: number): number => (this.rows(n) === 1 ? Infinity : this.rows(n));
    return wrong.toSorted((a, b) => size(a) - size(b))[0] ?? null;
  }

  /** What each mistake does to the highest layer with a wrong tensor. */
  private async alone(n: number, faults: readonly FaultAt[]): Promise<Alone[]> {
    const { found, asked, missing } = this.evidence;
    const { gradients: right, errors } = asked[n].exact;
    const wrong = wrongTensors(found[n].gradients, asked[n].exact, missing);
    const highest = Math.max(...wrong.map(({ layer }) => layer));
    const names = new Set(wrong.filter(({ layer }) => layer === highest).map(({ name }) => name));
    const top = namedTensors(right).flatMap(({ name }, t) => (names.has(name) ? [t] : []));
    const all: Alone[] = [];
    for (const fault of faults) {
      if (this.isOver()) break;
      const inject = await this.gradients(fault, n);
      const misfits = tensorMisfits(inject, found[n].gradients, right, errors, missing);
      const touches = top.every((t) => isChanged(inject[t].values, right[t].values));
      all.push({ fault, explains: top.some((t) => misfits[t]() <= 1), touches });
    }
    return all;
  }

  private async gradients(fault: FaultAt, n: number): Promise<Parameters> {
    await this.breathe();
    this.mistaken.make(injectionOf(fault, this.injector.setting));
    return (await this.mistaken.answer(this.evidence.asked[n])).gradients;
  }

  /** Those that explain all answers; the questions are gone through in this order. */
  private async explaining(pairs: readonly TwoFaults[], order: readonly number[]): Promise<TwoFaults[]> {
    const { setting } = this.injector;
    const fits = new Map<string, { readonly two: TwoFaults; readonly apart: number }>();
    const total = this.tried + pairs.length;
    for (const two of pairs) {
      if (this.isOver()) break;
      this.watch.progress('mistakes', this.tried++, total);
      for (const [one, other] of meet(...two, setting) ? [two, two.toReversed() as [FaultAt, FaultAt]] : [two]) {
        const apart = await this.misfit(twoInjected(one, other, setting), order);
        if (apart <= (fits.get(nameOf(two))?.apart ?? 1)) fits.set(nameOf(two), { two: [one, other], apart });
      }
    }
    return bestOf([...fits.values()]).map(({ two }) => two);
  }

  private async misfit(injection: FaultInjection, order: readonly number[]): Promise<number> {
    await this.breathe();
    this.mistaken.make(injection);
    let worst = 0;
    for (const n of order) {
      worst = Math.max(worst, misfitAt(this.evidence, n, await this.mistaken.answer(this.evidence.asked[n])));
      if (!(worst <= 1)) break;
    }
    return worst <= 1 ? worst : Infinity;
  }
}

/** Relative: gradients in binary64 that are nearer than this are the same. */
const SAME = 1e-9;

function isAlike(one: Parameters, two: Parameters): boolean {
  const of = (all: Parameters): FloatArray[] => all.map(({ values }) => values);
  return distance(of(one), of(two)) <= SAME * norm(...of(one));
}

function isChanged(values: ArrayLike<number>, right: ArrayLike<number>): boolean {
  return !(distance([values], [right]) <= UNCHANGED * norm(right));
}
