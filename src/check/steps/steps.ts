// Looks at the steps of a candidate whose recovered gradients are wrong, before anything else
// explains them. Where they depend on the rate, all questions are asked again at a rate at which
// the mistake can be told from the numbers.
import type { Engine } from '../../engines/engine.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { FaultInjector } from '../diagnosis/evidence.ts';
import type { Result } from '../gradients/results.ts';
import { ENOUGH } from '../probe/asker.ts';
import type { Probed } from '../probe/told.ts';
import { answersOf } from '../questions/ask.ts';
import type { Asked } from '../questions/ask.ts';
import type { Watch } from '../watch.ts';
import { RATE, experimentOnSteps, recoveryOf } from './experiments.ts';
import type { StepsFound } from './experiments.ts';
import { stepInjector } from './step-injector.ts';

/** What is known of the steps of a candidate. */
export interface StepsSeen {
  readonly probed: Probed;
  /** Whether what was told explains the wrong gradients. */
  readonly isToldEnough: boolean;
  /** The answers to all questions at another rate; null: those that there are say more. */
  readonly answers: readonly Asked[] | null;
  /** The network with known mistakes, asked as the candidate was. */
  readonly injector: FaultInjector | undefined;
  /** Goes back to the rate that costs least. */
  readonly end: () => void;
}

/** What is looked at. */
export interface Look {
  readonly network: NetworkSpec;
  /** The answers so far. */
  readonly results: readonly Result[];
  readonly injector: FaultInjector | undefined;
  readonly watch: Watch;
}

/** null if the candidate returns its gradients, or nothing is wrong with them. */
export async function lookAtSteps(candidate: Engine, look: Look): Promise<StepsSeen | null> {
  const { results, injector, watch } = look;
  const recovery = recoveryOf(candidate);
  const isWrong = results.some(({ loss, gradients }) =>
    [loss, ...gradients].some(({ left }) => left === 'candidate' || left === 'both'),
  );
  if (recovery === null || !isWrong || watch.signal.aborted) return null;
  const found = await experiments(candidate, look);
  const probed: Probed = { asked: found.asked, told: found.told };
  const isToldEnough = found.told.some(({ place }) => place !== 'loss');
  const end = (): void => recovery.at(null);
  const seen = { probed, isToldEnough, injector: injector && stepInjector(injector, RATE), end };
  if (!found.dependsOnRate && found.told.length === 0) return { ...seen, answers: null };
  recovery.at(RATE);
  const answers = await answersOf(
    candidate,
    results.map(({ question }) => question),
    watch,
  );
  return { ...seen, answers };
}

async function experiments(candidate: Engine, { network, results, injector }: Look): Promise<StepsFound> {
  const recovery = recoveryOf(candidate);
  const of = (name: string): Result | undefined => results.find(({ question }) => question.name === name);
  const [at, elsewhere] = [of('random')?.question, of('given')?.question];
  const nothing: StepsFound = { told: [], dependsOnRate: false, asked: 0 };
  if (recovery === null || at === undefined || elsewhere === undefined) return nothing;
  try {
    return await experimentOnSteps({ network, candidate, recovery, at, elsewhere, injector });
  } catch (error) {
    if (error === ENOUGH) return nothing;
    throw error;
  }
}
