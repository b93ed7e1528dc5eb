// Finds the mistake that explains wrong numbers: compares them with the same network in binary64,
// with one known mistake at a time.
import { asCandidate } from '../../candidates/engine.ts';
import type { Engine, LossAndGradients } from '../../engines/engine.ts';
import type { Batch } from '../../network/batch.ts';
import { allFinite, copyParameters, namedTensors, zeroParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { BoundedGradients } from '../../bounds/gradients.ts';
import { boundedUpdates } from '../../bounds/update.ts';
import type { Stage } from '../../faults/fault.ts';
import { hasPenalties } from '../../network/penalty-spec.ts';
import type { Nearer } from './conventions.ts';
import { addsUp } from '../adds-up.ts';
import { isOneFactor, isTelling, misfitAt, wrongTensors } from './evidence.ts';
import { explanations } from './explanations.ts';
import type { Evidence, FaultInjector } from './evidence.ts';
import { explainsUpdate, gradientMisfit } from './misfit.ts';
import type { Expected } from './misfit.ts';
import { namedFault } from './named.ts';
import type { NamedFault } from './named.ts';
import { explainingPairs } from './pairs.ts';
import type { Side } from '../pair.ts';
import { gradientsOf, questionsOf, withoutExamples } from '../questions/protocol.ts';
import type { Question } from '../questions/protocol.ts';
import type { Probed } from '../probe/told.ts';
import { UNWATCHED } from '../watch.ts';
import type { Watch } from '../watch.ts';

/** Conventions under which more is right, and what is wrong under them, like `mistakes`. */
export interface Declared {
  readonly conventions: Nearer['conventions'];
  readonly mistakes: readonly NamedFault[];
}

/**
 * All known mistakes that explain what is wrong with an engine, usually one or none. There are
 * several if they give the same numbers for this network and batch (on a batch of one, a second
 * 1/B changes nothing). The list is empty if no single one explains the numbers.
 */
export interface Diagnosis {
  readonly engine: Side;
  readonly mistakes: readonly NamedFault[];
  /**
   * Two mistakes that explain the numbers together, where no single one does; several pairs if they
   * give the same numbers.
   */
  readonly pairs?: readonly (readonly [NamedFault, NamedFault])[] | undefined;
  /** Other conventions, and a mistake that explains the rest once they are declared. */
  readonly declared?: Declared | undefined;
  /** What asking the engine further found out, where no known mistake explains it. */
  readonly probed?: Probed | undefined;
}

export type { FaultInjector } from './evidence.ts';
export type { NamedFault } from './named.ts';
export { faultOf, namedFault } from './named.ts';

/** The questions a suspect was asked, and its answers. */
export interface Answered {
  readonly questions: readonly Question[];
  readonly answers: readonly LossAndGradients[];
  /**
   * Whether a mistake must reproduce the loss too: for a candidate whose gradient is the slope of
   * its own loss.
   */
  readonly lossToo: boolean;
  /** Tensors (W1, b1 ...) that it did not return: a mistake need not explain them. */
  readonly missing?: ReadonlySet<string>;
  /** Where the mistakes that are tried show. Default: in gradients. */
  readonly stages?: readonly Stage[];
  readonly watch?: Watch;
}

const IN_GRADIENTS: readonly Stage[] = ['gradient', 'again'];

const NONE: ReadonlySet<string> = new Set();

/**
 * Mistakes that produce the gradients that `suspect` returned, for every question. If single
 * precision does not decide some of the given examples, the suspect is asked again without them;
 * null if no example is left and no other question tells mistakes apart.
 */
export async function diagnoseGradients(
  injector: FaultInjector,
  suspect: Engine,
  { questions, answers, lossToo, missing = NONE, stages = IN_GRADIENTS, watch = UNWATCHED }: Answered,
): Promise<Pick<Diagnosis, 'mistakes' | 'pairs'> | null> {
  const { network } = injector.setting;
  const { parameters, batch, exact } = questions[0];
  const decided = withoutExamples(batch, new Set(exact.kinks.map(({ example }) => example)));
  // where each example is undecided, other questions may still tell mistakes apart
  if (decided === null && !questions.some((_, n) => isTelling({ asked: questions }, n))) return null;
  const anew = decided !== null && exact.kinks.length > 0;
  const asked = anew ? questionsOf(network, parameters, decided) : questions;
  const asking = (n: number): void => watch.progress('undecided', n, asked.length);
  const found = anew ? await all(gradientsOf(suspect, asked), asking) : answers;
  const evidence: Evidence = { asked, found, lossToo, missing };
  const misfit = (n: number, inject: LossAndGradients): number => misfitAt(evidence, n, inject);
  const worst = (engine: Engine, stage: Stage): Promise<number> => worstMisfit(engine, evidence, stage);
  // A few entries are slightly off: measured as norms, the right gradients are still the nearest.
  if (asked.every(({ exact: { loss, gradients } }, n) => misfit(n, { loss: loss.value, gradients }) <= 1)) {
    return { mistakes: [] };
  }
  const wrong = highestWrong(
    found.map(({ gradients }) => gradients),
    asked,
    missing,
  );
  // Mistakes with the same gradients may differ in the loss of a penalty. A candidate that returns
  // no loss does not tell.
  const hasLoss = asCandidate(suspect).filledIn?.includes('loss') !== true;
  if (hasPenalties(network) && hasLoss && !lossToo) {
    const strictly = (engine: Engine, stage: Stage): Promise<number> =>
      worstMisfit(engine, { ...evidence, lossToo: true }, stage);
    const sameLoss = await explanations(injector, stages, wrong, strictly, watch);
    if (sameLoss.length > 0) return { mistakes: sameLoss };
  }
  const everywhere = hasPenalties(network) && !hasLoss ? 'too' : 'if none is found';
  const sameGradients = await explanations(injector, stages, wrong, worst, watch, everywhere);
  if (sameGradients.length > 0) return { mistakes: sameGradients };
  const isRightAtFirst = wrongTensors(answers[0].gradients, questions[0].exact, missing).length === 0;
  if (!anew || !isRightAtFirst) return { mistakes: [], ...(await pairs(injector, evidence, watch)) };
  // An engine that accumulates gradients has done so since its first batch. The harness knows what
  // the later batches added, but not what was there before.
  const again = asked.findIndex(({ name }) => name === 'again');
  const mistakes = await explanations(
    injector,
    ['again'],
    wrong,
    async (engine) => {
      const inject = await all(gradientsOf(engine, asked.slice(0, again + 1)));
      const added = (of: readonly LossAndGradients[]): Parameters => minus(of[again].gradients, of[0].gradients);
      const { errors } = asked[0].exact;
      return gradientMisfit(added(inject), added(found), zeroParameters(network, 'f64'), errors, missing);
    },
    watch,
  );
  return { mistakes, ...(mistakes.length === 0 && (await pairs(injector, evidence, watch))) };
}

/** Two mistakes at once, where no single one explains the numbers. */
async function pairs(injector: FaultInjector, evidence: Evidence, watch: Watch): Promise<Pick<Diagnosis, 'pairs'>> {
  if (addsUp(injector.setting.network) && isOneFactor(evidence)) return {}; // which asking tells
  const found = await explainingPairs(injector, evidence, watch);
  return found.length === 0 ? {} : { pairs: found.map(([one, two]) => [namedFault(one), namedFault(two)] as const) };
}

/**
 * The mistakes that are left once the candidate declares conventions under which more of its
 * gradients are right; null if none explains the rest.
 */
export async function diagnoseDeclared(
  injector: FaultInjector,
  nearer: Nearer | null,
  watch: Watch,
): Promise<Declared | null> {
  if (nearer === null) return null;
  const { asked, found, conventions } = nearer;
  const evidence: Evidence = { asked, found, lossToo: false, missing: NONE };
  const worst = (engine: Engine, stage: Stage): Promise<number> => worstMisfit(engine, evidence, stage);
  const wrong = highestWrong(
    found.map(({ gradients }) => gradients),
    asked,
  );
  if (wrong === null) return null; // no gradient is wrong in what was asked
  const mistakes = await explanations(injector, ['gradient'], wrong, worst, watch);
  return mistakes.length === 0 ? null : { conventions, mistakes };
}

/**
 * The worst misfit of all answers; Infinity as soon as one is too far. Where the order of questions
 * does not matter, the smallest comes first: it refutes most mistakes.
 */
async function worstMisfit(engine: Engine, evidence: Evidence, stage: Stage): Promise<number> {
  const { asked } = evidence;
  const inOrder = [...asked.keys()];
  const rows = (n: number): number => asked[n].batch.inputs.rows;
  const order = stage === 'gradient' ? inOrder.toSorted((a, b) => rows(a) - rows(b)) : inOrder;
  const answers = gradientsOf(
    engine,
    order.map((n) => asked[n]),
  );
  let [largest, n] = [0, 0];
  for await (const inject of answers) {
    largest = Math.max(largest, misfitAt(evidence, order[n++], inject));
    if (!(largest <= 1)) return Infinity;
  }
  return largest;
}

async function all<T>(items: AsyncIterable<T>, count: (n: number) => void = () => {}): Promise<T[]> {
  const out: T[] = [];
  count(0);
  for await (const item of items) count(out.push(item));
  return out;
}

function minus(a: Parameters, b: Parameters): Parameters {
  const out = copyParameters(a, 'f64');
  const bs = namedTensors(b);
  namedTensors(out).forEach(({ values }, t) => {
    for (let i = 0; i < values.length; i++) values[i] -= bs[t].values[i];
  });
  return out;
}

/** Updates with given gradients, one after the other from fresh optimizer state. */
export interface UpdateSequence {
  readonly start: Parameters;
  /** Gone through more than once; those of a large network are made anew each time. */
  readonly gradients: Iterable<Parameters>;
  /** How far each engine's own gradients may be off; missing where all are given the same. */
  readonly gradientErrors?: readonly Parameters[];
}

/** Mistakes that lead to the parameters `found` after each update of each sequence. */
export async function diagnoseUpdates(
  injector: FaultInjector,
  sequences: readonly (UpdateSequence & { readonly found: readonly Parameters[] })[],
): Promise<NamedFault[]> {
  const expected = sequences.map(({ start, gradients, gradientErrors }) => {
    const right = boundedUpdates(injector.setting.network, injector.setting.optimizer, start);
    return Array.from(gradients, (g, n): Expected => {
      right.step(g, gradientErrors?.[n]);
      return { parameters: copyParameters(right.parameters, 'f64'), errors: copyParameters(right.errors, 'f64') };
    });
  });
  const last = expected.flatMap((steps) => steps.slice(-1));
  if (!last.every(({ parameters }) => allFinite(parameters))) return []; // 0/0 where ε is 0: no answer is right
  return explanations(injector, ['update'], null, async (engine) => {
    for (const [s, { start, gradients, found }] of sequences.entries()) {
      await engine.load(start);
      let i = 0;
      for (const g of gradients) {
        await engine.applyGradients(g);
        if (!explainsUpdate(await engine.parameters(), found[i], start, expected[s][i])) return Infinity;
        i++;
      }
    }
    return 0;
  });
}

/**
 * Mistakes that lead to the parameters `found` after a training step whose gradients alone and
 * update alone are right.
 */
export async function diagnoseTrainStep(
  injector: FaultInjector,
  start: Parameters,
  batch: Batch,
  found: Parameters,
  expected: Expected,
): Promise<NamedFault[]> {
  const { parameters: gradients, errors } = expected;
  const wrong = highestWrong([found], [{ exact: { gradients, errors } }]);
  return explanations(injector, ['train-step', 'gradient', 'update'], wrong, async (engine) => {
    await engine.load(start);
    await engine.trainStep(batch);
    return explainsUpdate(await engine.parameters(), found, start, expected) ? 0 : Infinity;
  });
}

/**
 * The highest layer (from 0) with a tensor beyond its bounds in any answer; null if there is none.
 */
function highestWrong(
  found: readonly Parameters[],
  exact: readonly { readonly exact: Pick<BoundedGradients, 'gradients' | 'errors'> }[],
  missing = NONE,
): number | null {
  const wrong = exact.flatMap(({ exact: right }, n) => wrongTensors(found[n], right, missing));
  const highest = Math.max(0, ...wrong.map(({ layer }) => layer));
  return highest === 0 ? null : highest - 1;
}
