// Sentences about the check of a function or a layer.
import type { LayerCheck, LayerProblemFound } from '../../check/function/check-layer.ts';
import type { OutputAlone } from '../../check/function/outputs-alone.ts';
import type { GradientLook } from '../../check/function/looks-like.ts';
import type { FunctionCheck, TensorCheck, WrongEntry } from '../../check/function/result.ts';
import { listed } from '../../text.ts';
import { formatApart, formatCount, formatNumber } from './numbers.ts';
import { share } from './shares.ts';
import { otherFunctionText, twinLines } from './twin.ts';

/** A check of either kind. */
export type AnyCheck = FunctionCheck | LayerCheck;

export function isLayerCheck(check: AnyCheck): check is LayerCheck {
  return 'problems' in check;
}

/** Most wrong entries in a sentence. */
const SHOWN = 4;

/** The verdict in one sentence. */
export function checkSentence(check: AnyCheck, name: string): string {
  const { tensors, verdict } = check;
  const entries = formatCount(tensors.reduce((sum, t) => sum + t.entries, 0));
  const all = tensors.length === 1 ? `${entries} numbers` : `${entries} numbers in ${tensors.length} tensors`;
  if (verdict === 'agree') {
    const worst = Math.max(...tensors.map(({ seenFrom }) => seenFrom ?? 0));
    const seen = worst > 0 ? `; one number off by ${share(worst)} of a typical one would have shown` : '';
    return `the gradient of ${name} is right (${all}${seen})`;
  }
  if (verdict === 'disagree') {
    const wrong = tensors.filter((t) => t.verdict === 'disagree');
    if (wrong.length > 0) {
      const few = wrong.length === 1 ? looking(wrong[0]) : '';
      return `the gradient of ${name} is wrong in ${listed(
        wrong.map(({ path }) => path),
        6,
      )}${few}`;
    }
    if (isLayerCheck(check) && check.problems.length > 0) return `${name} ${problemText(check.problems[0])}`;
    if (check.twin?.isSame === false) return otherFunctionText(check.twin, name);
  }
  return undecided(check, name);
}

function undecided({ reason, tensors }: AnyCheck, name: string): string {
  if (reason === 'chance') return `${name} gives another value the second time: there is chance in it`;
  const open = listed(
    tensors.filter((t) => t.verdict !== 'agree').map(({ path }) => path),
    6,
  );
  if (reason === 'kink') return `${name} is at a kink: no slope decides whether the gradient of ${open} is right`;
  return `the gradient of ${open} could not be decided: slopes of ${name} are not exact enough`;
}

/** What to say below the sentence: looks, entries, what the layer does beside. */
export function checkLines(check: AnyCheck): string[] {
  const wrong = check.tensors.filter((t) => t.verdict === 'disagree');
  const lines = wrong.flatMap((t) => tensorLines(t, wrong.length > 1));
  if (check.verdict === 'disagree' && wrong.length > 0 && check.place === 'nearby')
    lines.push('These are numbers at a point nearby; at the given one it does not show, or there is a kink.');
  const apart = smallApart(wrong);
  if (apart !== null)
    lines.push(
      `They are apart by ${share(apart)} at most: if the function solves by iterations, it may stop too early for its slope to be closer.`,
    );
  if (check.reason === 'chance')
    lines.push('Fix the seed of its random numbers, or pass them in as data, and check again.');
  if (check.verdict === 'inconclusive' && check.reason !== 'chance')
    lines.push('Check it at another point, or compute it in binary64.');
  const hidden = check.tensors.filter(({ seenFrom }) => seenFrom !== null && seenFrom > 1).map(({ path }) => path);
  if (check.verdict === 'agree' && hidden.length > 0)
    lines.push(
      `A single wrong entry would not have shown in ${listed(hidden, 6)}: compute it ${
        check.precision === 'f32' ? 'in binary64' : 'more exactly'
      } to see one.`,
    );
  if (isLayerCheck(check) && wrong.length > 0) lines.push(...aloneLines(check));
  if (isLayerCheck(check)) {
    const said = check.tensors.some((t) => t.verdict === 'disagree') || check.verdict !== 'disagree' ? 0 : 1;
    for (const problem of check.problems.slice(said)) lines.push(`It ${problemText(problem)}.`);
  } else {
    if (check.behaviour.changesParameters) lines.push('It changes the parameters that it is given.');
    if (check.behaviour.gradientChanges === 'accumulates')
      lines.push('The second call of the gradient gives twice the first: it adds to what is there.');
    if (check.behaviour.gradientChanges === 'differs')
      lines.push('The second call of the gradient gives other numbers at the same point.');
  }
  if (check.twin !== undefined)
    lines.push(...twinLines(check.twin, wrong.length === 0 && !(isLayerCheck(check) && check.problems.length > 0)));
  return lines;
}

/** From which of few outputs a wrong gradient comes, where it is not from all. */
function aloneLines({ alone }: LayerCheck): string[] {
  const of = (kind: OutputAlone['is']): string[] => alone.filter(({ is }) => is === kind).map(({ output }) => output);
  const [wrong, right] = [of('wrong'), of('right')];
  if (wrong.length === 0 || right.length === 0) return [];
  return [`What comes from ${listed(wrong, 4)} is wrong; what comes from ${listed(right, 4)} is right.`];
}

/** A function that stops early is off by so little, in most entries. */
const SMALL = 1e-2;

/** How far apart entries are, as a share, where most are and all by little; null otherwise. */
function smallApart(wrong: readonly TensorCheck[]): number | null {
  if (wrong.length === 0) return null;
  const isMost = ({ named, wrong: entries, entries: all }: TensorCheck): boolean =>
    named === 'most' || entries.length > all / 2;
  const shares = wrong.flatMap((t) => t.wrong.map((e) => Math.abs(e.given - e.measured) / Math.abs(e.measured)));
  const most = Math.max(...shares);
  return wrong.every(isMost) && most <= SMALL ? most : null;
}

/**
 * What is wrong with one tensor.
 * @param says whether the look is to be told: of a single wrong tensor the sentence has told it
 */
export function tensorLines(t: TensorCheck, says: boolean): string[] {
  const lines: string[] = [];
  const sentence = lookSentence(t);
  if (sentence !== null && says) lines.push(sentence);
  if (t.wrong.length > 0) {
    const shown = t.wrong.slice(0, SHOWN).map(entryText);
    const others = t.wrong.length - shown.length;
    const more = others > 0 ? `, and ${others} more` : '';
    if (t.named === 'most')
      lines.push(
        `${t.path}: of ${t.asked} entries that were tried, ${t.wrong.length} are wrong: ${shown.join('; ')}${more}`,
      );
    else lines.push(`${shown.join('; ')}${more}${t.named === 'some' ? '; there are others' : ''}`);
  } else if (sentence === null)
    lines.push(`${t.path}: which of its ${formatCount(t.entries)} entries are wrong could not be told`);
  return lines;
}

function entryText({ name, given, measured, error }: WrongEntry): string {
  if (!Number.isFinite(given)) return `${name} is ${given}`;
  const [shown, right] = formatApart([given, measured]);
  return `${name} is ${shown}, measured ${right} ± ${formatNumber(error, 1)}`;
}

function looking(t: TensorCheck): string {
  const sentence = t.look === null ? null : lookText(t.look);
  return sentence === null ? '' : `: ${sentence}`;
}

function lookSentence({ path, look }: TensorCheck): string | null {
  return look === null ? null : `${path}: ${lookText(look)}`;
}

const ORDINAL = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];

function along(axis: number | null): string {
  return axis === null ? '' : ` along the ${ORDINAL[axis] ?? `${axis + 1}th`} index`;
}

/** What the wrong numbers look like. */
export function lookText(look: GradientLook): string {
  switch (look.kind) {
    case 'zero':
      return 'it is 0, and the right one is not';
    case 'not-finite':
      return 'it holds NaN or infinity';
    case 'times': {
      if (look.factor === -1) return 'it has the wrong sign';
      return `it is ${formatNumber(look.factor, 6)} times the right one${likeText(look.factor, look.like)}`;
    }
    case 'transposed':
      return 'it is transposed';
    case 'reversed':
      return `its entries are in reverse order${along(look.axis)}`;
    case 'shifted':
      return `its entries are one place too ${look.by > 0 ? 'late' : 'early'}${along(look.axis)}`;
    case 'another':
      return `it is the gradient of ${look.path}`;
    case 'plus-parameters':
      return `${formatNumber(look.factor)} times the parameter is added, as a penalty would do that the value lacks`;
    case 'one-for-all':
      return `all entries are the same: the ${look.of} of the right ones`;
    case 'same-along':
      return `it is the same${along(look.axis)}: the ${look.of} of the right ones`;
    case 'where': {
      const factor = look.factor === null ? '' : `: there it is ${factorText(look.factor)}`;
      return `it is wrong where ${look.condition}, and right elsewhere${factor}`;
    }
  }
}

/** What a factor is likely to be. */
function likeText(factor: number, like: string | null): string {
  const over = Math.round(1 / factor);
  const named = like === null ? '' : ` (${like})`;
  if (Number.isInteger(factor) && factor > 1) return `${named}: a sum where a mean is meant gives that`;
  if (over > 1 && Math.abs(factor * over - 1) < 1e-12) return `${named}: a mean where a sum is meant gives that`;
  return named;
}

function factorText(factor: number): string {
  if (factor === 0) return '0';
  return factor === -1 ? 'of the wrong sign' : `${formatNumber(factor)} times the right one`;
}

/** "changes inputs in its forward pass" */
export function problemText(problem: LayerProblemFound): string {
  switch (problem.kind) {
    case 'changes':
      return `changes ${problem.tensor} in its ${problem.by} pass`;
    case 'not-linear':
      return 'has a backward pass that is not linear in the gradients of the outputs';
    case 'wrong-for':
      return `has a wrong gradient for ${listed(problem.outputs, 4)} alone: beside the other outputs it is too small to show`;
    case 'keeps-unevenly':
      return `adds gradients of ${listed(problem.accumulates, 4)} to those of the pass before, but overwrites those of ${listed(problem.overwrites, 4)}`;
    case 'keeps-unclearly':
      return `gives other gradients of ${listed(problem.tensors, 4)} in the second backward pass`;
    case 'mixes':
      return `lets ${problem.from} influence ${problem.to} in its ${problem.pass} pass: examples are not independent`;
  }
}

/** Ways of a layer that are no mistakes, as a note. */
export function layerNotes({ behaviour }: LayerCheck): string[] {
  const notes: string[] = [];
  const accumulates = behaviour.keeps.filter(({ keeps }) => keeps === 'accumulates');
  if (accumulates.length > 0)
    notes.push('Each backward pass adds to the gradients of the one before; set them to 0 in between.');
  if (behaviour.ownsCache === false) notes.push('backward uses the latest forward pass, whatever inputs it is given.');
  return notes;
}
