// Checks one case file: two engines and the case's own answer, all compared with the exact
// gradient.
import { boundedGradients } from '../../bounds/gradients.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Case } from '../../network/case.ts';
import { heldBatch, heldParameters } from '../../network/held.ts';
import { mapBatch } from '../../network/masks.ts';
import { copyParameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { OptimizerId, OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../ops/optimizers/registry.ts';
import type { FaultInjector } from '../diagnosis/diagnose.ts';
import { checkExpected } from './expected-check.ts';
import type { ExpectedCheck } from './expected-check.ts';
import { gradientCheck } from '../gradient-check.ts';
import type { GradientCheck, Helpers } from '../gradient-check.ts';
import type { Pair, Side } from '../pair.ts';
import { judgesUpdates, updateCheck } from '../update-check.ts';
import type { UpdateCheck } from '../update-check.ts';
import { overall } from '../verdict.ts';
import type { Verdict } from '../verdict.ts';

/**
 * The result for one case file: both engines and the expected values, compared with the exact ones.
 */
export interface CaseCheck {
  readonly verdict: Verdict;
  readonly name: string;
  readonly note: string | null;
  /** null in reports written by earlier versions. */
  readonly network: NetworkSpec | null;
  readonly gradientCheck: GradientCheck;
  /** null if the case has no optimizer. */
  readonly updateCheck: UpdateCheck | null;
  /**
   * The case's expected values (as candidate) and the hand-written binary64 ones (as reference);
   * null if the case has none.
   */
  readonly expected: ExpectedCheck | null;
}

/**
 * The optimizer that a case names, or null.
 * @throws UsageError on an unknown name or a number out of range
 */
export function caseOptimizer({ optimizer }: Case): OptimizerSpec | null {
  if (optimizer === null) return null;
  const { id, ...chosen } = optimizer;
  return optimizerSpec(id as OptimizerId, JSON.parse(JSON.stringify(chosen)) as Partial<OptimizerSpec>);
}

/**
 * Checks gradients and updates of a case in both engines, and the case's own answer.
 * @param optimizer with which the engines were made
 * @param engines made for the case's network
 */
export async function checkCase(
  problem: Case,
  optimizer: OptimizerSpec,
  engines: Pair<Engine>,
  helpers: Helpers & { readonly injector: FaultInjector },
): Promise<CaseCheck> {
  const { name, note, network, batch } = problem;
  // All engines get the same numbers: those that each of them can hold.
  const start = heldParameters(network, copyParameters(problem.parameters, 'f32'));
  const f32 = (m: typeof batch.inputs): typeof batch.inputs => ({ ...m, data: new Float32Array(m.data) });
  const rounded = heldBatch(network, mapBatch(batch, f32));
  const exactAnswer = boundedGradients(network, start, rounded);
  const gradients = await gradientCheck(network, start, rounded, engines, { ...helpers, exactAnswer });
  const right = (side: Side): boolean => gradients.firstWrong[side] === null;
  const updates =
    problem.optimizer === null || gradients.threw !== undefined || !judgesUpdates(network, optimizer)
      ? null
      : await updateCheck(
          { network, optimizer, start, kept: helpers.kept, training: problem.steps ?? undefined },
          rounded,
          engines,
          helpers.injector,
          right,
          exactAnswer,
        );
  const expected = await checkExpected(problem, helpers.injector);
  const parts = [gradients.verdict, ...(updates ? [updates.verdict] : []), ...(expected ? [expected.verdict] : [])];
  return { verdict: overall(parts), name, note, network, gradientCheck: gradients, updateCheck: updates, expected };
}
