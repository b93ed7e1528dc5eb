// What an engine's loss is, and whether its gradients belong to it: asked for, where no known
// mistake explains what it returned.
import { asCandidate } from '../../../candidates/engine.ts';
import { formulaLine } from '../../../network/formulas.ts';
import type { Batch } from '../../../network/batch.ts';
import { allFinite } from '../../../network/parameters.ts';
import { lastLayer } from '../../../network/spec.ts';
import type { Parameters } from '../../../network/parameters.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import type { Matrix } from '../../../numeric/matrix.ts';
import { lossOf } from '../../../ops/registry.ts';
import type { Watch } from '../../watch.ts';
import type { Asker } from '../asker.ts';
import type { Found, Told } from '../told.ts';
import { formatNumber } from '../operations/fit.ts';
import { areGradientsOf, originsOf, startsAs } from './gradients.ts';
import type { GradientsOf, Origin, Precision } from './gradients.ts';
import { withBatchRule } from './batches.ts';
import { passOf } from './pass.ts';
import { askForLosses } from './questions.ts';
import type { Answers } from './questions.ts';
import { dividedLoss } from './divided.ts';
import { dividedByOneLess } from './one-less.ts';
import { isRightLoss, recognise, rightLoss } from './recognise.ts';
import type { Recognised } from './recognised.ts';
import { tell } from './tell.ts';

/** What was found out about a loss. */
export interface LossFound {
  readonly told: readonly Found[];
  /** The loss that the engine returns; null: none of the table. */
  readonly loss: Recognised | null;
  readonly gradients: GradientsOf;
}

interface AskedFor {
  readonly network: NetworkSpec;
  readonly asker: Asker;
  readonly watch: Watch;
  /** Whether the loss is outside its bound; if not, only the gradients are looked into. */
  readonly lossIsWrong: boolean;
  /** The user's own (B, K): the examples that are asked for have targets of the same kind. */
  readonly targets: Matrix;
  /** Questions that it answered with a loss that is not finite, though the right one is. */
  readonly overflows?: readonly Overflow[];
}

interface Overflow {
  readonly loss: number;
  readonly parameters: Parameters;
  readonly batch: Batch;
}

/** null: there is nothing to tell, or the same question has two answers. Throws ENOUGH. */
export async function probeLoss({
  network,
  asker,
  watch,
  lossIsWrong,
  targets,
  overflows = [],
}: AskedFor): Promise<LossFound | null> {
  const right = rightLoss(network);
  if (right === null) return null;
  const answers = await askForLosses(network, asker, targets, lossIsWrong);
  if (answers === null || watch.signal.aborted) return null;
  if (![...answers.singles, ...answers.fresh].some(({ loss }) => Number.isFinite(loss)))
    return { told: dividedByOneLess(network, answers, right), loss: null, gradients: { is: 'unknown' } };
  const precisions: Precision[] = asker.engine.dtype === 'f64' ? ['f64', 'f32'] : ['f32'];
  const divided = lossIsWrong ? await dividedLoss(network, asker, answers, right) : null;
  const likely = divided !== null ? [divided] : lossIsWrong ? lossesOf(network, answers, right, precisions) : [right];
  const [loss = null, ...others] = likely;
  const isRight = loss !== null && isRightLoss(network, loss);
  const gradients = gradientsOf({ network, answers, right, loss: isRight ? right : loss, precisions });
  const declares = Object.keys(asCandidate(asker.engine).conventions ?? {});
  const overflow = isRight && gradients.is === 'right' ? overflowOf(network, overflows) : null;
  const told = overflow ?? tell({ network, loss, isRight, others, right, gradients, declares });
  return told.length === 0 && isRight ? null : { told, loss, gradients };
}

/** A loss of scores that is right where it is finite: the logarithm of 0 is not. */
function overflowOf(network: NetworkSpec, [over]: readonly (Overflow | undefined)[]): Told[] | null {
  if (over === undefined || lossOf(network.loss).from !== 'scores') return null;
  const { outcomes } = passOf(network, over.parameters, over.batch);
  const largest = Math.max(...outcomes.map(({ z }) => Math.max(...z.map(Math.abs))));
  const text = `The loss is ${over.loss} for scores up to ±${formatNumber(largest)}; for others it is right.`;
  const log =
    lastLayer(network).activation === 'softmax'
      ? 'log p = z - max - log Σ_k e^(z_k - max)'
      : 'log σ(z) = min(z, 0) - log(1 + e^-|z|)';
  const fix = `take the logarithm of scores, not of outputs that have rounded to 0: ${log}`;
  return [{ kind: 'loss', place: 'loss', text, used: null, right: formulaLine('loss', network), fix }];
}

/** Numbers that are single precision are judged as such, whatever is declared. */
function lossesOf(
  network: NetworkSpec,
  answers: Answers,
  right: Recognised,
  precisions: readonly Precision[],
): Recognised[] {
  if (answers.singles.every(({ loss }) => loss === 0)) {
    const inBatches = withBatchRule(right, answers, 'f32'); // an example that is left out is no loss at all
    return inBatches.batch === null ? [] : [inBatches];
  }
  const loosely = recognise(network, answers, 'f32');
  const isSingle = answers.singles.every(({ loss }) => Object.is(Math.fround(loss), loss));
  if (loosely.length === 0 || isSingle || !precisions.includes('f64')) return loosely;
  const strictly = recognise(network, answers, 'f64');
  return strictly.length > 0 ? strictly : loosely;
}

interface Judged {
  readonly network: NetworkSpec;
  readonly answers: Answers;
  readonly right: Recognised;
  readonly loss: Recognised | null;
  readonly precisions: readonly Precision[];
}

function gradientsOf(all: Judged): GradientsOf {
  const { singles, fresh, batches } = all.answers;
  if (![...singles, ...fresh, ...batches].every(({ gradients }) => allFinite(gradients))) return { is: 'unknown' };
  for (const precision of all.precisions) {
    const found = judged(all, precision);
    if (found.is !== 'unknown') return found;
  }
  return { is: 'unknown' };
}

function judged({ network, answers, right, loss }: Judged, precision: Precision): GradientsOf {
  if (areGradientsOf(right, answers, precision)) return { is: 'right' };
  const isOther = loss !== null && loss !== right;
  if (isOther && areGradientsOf(loss, answers, precision)) return { is: 'own' };
  const origins = originsOf(network, answers, isOther ? [right, loss] : [right], precision);
  const likely = origins.toSorted((a, b) => rank(a, right, loss) - rank(b, right, loss));
  const [first] = likely;
  if (first === undefined) return { is: 'unknown' };
  if (first.over !== null) return { is: 'other', origins: likely.filter(({ over }) => over !== null) };
  if (startsAs(right, answers, precision)) return { is: 'start', of: 'right' };
  if (isOther && startsAs(loss, answers, precision)) return { is: 'start', of: 'own' };
  return { is: 'other', origins: likely };
}

/** The right loss first, then the engine's own, then those that explain every tensor. */
function rank({ data, over }: Origin, right: Recognised, loss: Recognised | null): number {
  const known = data.known === right.known ? 0 : data.known === loss?.known ? 1 : 2;
  return known + (over === null ? 10 : 0);
}
