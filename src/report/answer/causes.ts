// Why numbers are wrong and what to do, as sentences: a known mistake, another convention, the
// slope of another loss, or otherwise the formula to look at.
import { formatConventions } from '../../check/diagnosis/conventions.ts';
import { faultById } from '../../faults/registry.ts';
import type { Declared, Diagnosis, NamedFault } from '../../check/diagnosis/diagnose.ts';
import type { GradientCheck } from '../../check/gradient-check.ts';
import type { Side } from '../../check/pair.ts';
import { formatApart, formatCount } from '../words/numbers.ts';
import type { Checked } from './checked.ts';
import { patternSentences } from './patterns.ts';
import type { Trouble } from './trouble.ts';

/**
 * The known mistakes that explain what is wrong on this side, each alone; or where none does, two
 * together.
 */
export function causeOf(checked: Checked, side: Side): Pick<Trouble, 'faults' | 'pairs'> {
  const { mistakes = [], pairs = [] } = diagnosisOf(checked, side) ?? {};
  return { faults: mistakes, pairs };
}

/** Mistakes of the optimizer, where those of the gradients are named already. */
function ofOptimizer({ gradients, updates, lockstep }: Checked): readonly NamedFault[] {
  const named = gradients?.diagnosis ?? null;
  if (named === null) return [];
  const all = [updates?.diagnosis, lockstep?.diagnosis].flatMap((one) =>
    one?.engine === named.engine ? [one.mistakes.filter(({ fault }) => faultById(fault).stage === 'update')] : [],
  );
  return all.find((mistakes) => mistakes.length > 0) ?? [];
}

/**
 * The diagnosis of the gradients comes before that of the updates, as the checks do. null if there
 * was none.
 */
function diagnosisOf({ gradients, updates, lockstep }: Checked, side: Side): Diagnosis | null {
  const all = [gradients?.diagnosis, updates?.diagnosis, lockstep?.diagnosis];
  return all.find((one) => one?.engine === side) ?? null;
}

/**
 * What to do, in the first sentence, then the reasons.
 * @param trouble null if no number is wrong, only the form of the answer
 */
export function fixOf(trouble: Trouble | null, checked: Checked): string[] {
  const { faults = [], pairs = [], look = null } = trouble ?? {};
  const { gradients, network } = checked;
  const conventions = conventionSentences(gradients, faults.length + pairs.length === 0 ? 'Fix' : 'Or');
  const slope = gradients === null ? [] : ownLossSentences(gradients);
  const patterns = gradients === null ? [] : patternSentences(gradients, network);
  const place = look === null ? [] : [`Look at ${look.formula ?? look.name}.`];
  const isOwnSlope = gradients?.ownLoss?.kind === 'slope';
  if (faults.length + pairs.length > 0) {
    const ofLoss = look?.name === 'loss' && !isOwnSlope ? place : []; // known mistakes are of gradients and updates
    const named = faults.length > 0 ? faultSentences(faults) : pairSentences(pairs);
    const also = ofOptimizer(checked).map((one) => fixSentence('Also fix', one));
    const { declared } = diagnosisOf(checked, 'candidate') ?? {};
    const left = declared === undefined ? [] : declaredSentences(declared, 'Or');
    return [...named, ...also, ...left, ...conventions, ...ofLoss, ...patterns, ...(isOwnSlope ? slope : [])];
  }
  const { declared } = diagnosisOf(checked, 'candidate') ?? {};
  if (declared !== undefined) return [...declaredSentences(declared, 'Fix'), ...patterns];
  if (conventions.length > 0 || isOwnSlope) return [...conventions, ...slope, ...patterns];
  const looked = diagnosisOf(checked, 'candidate') ?? diagnosisOf(checked, 'reference');
  const unknown = looked === null || patterns.length > 0 ? [] : ['No known mistake explains this.'];
  return [...patterns, ...place, ...unknown, ...slope];
}

/**
 * "Fix: db = Σ_b dz_b. The bias gradient is not summed over the batch (bias-not-summed at
 * layer 1)."
 */
function faultSentences(faults: readonly NamedFault[]): string[] {
  const sentences = faults.map((one) => fixSentence('Fix', one));
  if (faults.length === 1) return sentences;
  return [...sentences, `These ${faults.length} mistakes give the same numbers on this network.`];
}

/** Two mistakes; several pairs are alternatives. */
function pairSentences(pairs: Trouble['pairs']): string[] {
  const sentences = pairs.flatMap(([one, two], n) => [
    fixSentence(n === 0 ? 'Fix' : 'Or fix', one),
    fixSentence('And fix', two),
  ]);
  const alike = pairs.length === 1 ? [] : [`These ${pairs.length} pairs give the same numbers on this network.`];
  return ['Two mistakes together explain this:', ...sentences, ...alike];
}

/** Conventions to declare, and the mistake that is then left. */
function declaredSentences({ conventions, mistakes }: Declared, verb: 'Fix' | 'Or'): string[] {
  const declare = `${verb}: declare ${formatConventions(conventions)}, if that is what you mean`;
  if (verb === 'Or') {
    const left = mistakes.map(nameOf).join(' or ');
    return [`${declare}: then one mistake is left, ${left}.`];
  }
  const sentences = mistakes.map((one, n) => fixSentence(n === 0 ? 'And fix' : 'Or fix', one));
  return [`${declare}: more gradients then agree, and one mistake is left.`, ...sentences];
}

function fixSentence(verb: string, fault: NamedFault): string {
  return `${verb}: ${fault.remedy}. ${capital(fault.description)} (${nameOf(fault)}).`;
}

function nameOf({ fault, layer }: NamedFault): string {
  return layer === null ? fault : layer === 'every' ? `${fault} at every layer` : `${fault} at layer ${layer}`;
}

/** Names of numbers (dW, db, z1) keep their case. */
const FORMULA = /^(d?[zawbx]\d*|d?[A-Z]\d*|\S*[^a-zA-Z'\s,-]\S*)[\s,]/;

function capital(text: string): string {
  return FORMULA.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

/** A candidate may follow other conventions, if it declares them. */
function conventionSentences(check: GradientCheck | null, verb: 'Fix' | 'Or'): string[] {
  if (check === null || check.looksLike.length === 0) return [];
  const ways = check.looksLike.map(formatConventions).join(', or ');
  return [
    `${verb}: declare ${ways}, if that is what you mean: everything then agrees. If it is not, that is the mistake.`,
  ];
}

/**
 * Whether the gradient is wrong or the loss is another one: claims no more than the measured
 * slopes show.
 */
function ownLossSentences({ ownLoss, loss }: GradientCheck): string[] {
  if (ownLoss === null) return [];
  const { entries, decided } = ownLoss;
  const counted = `${formatCount(decided)} of ${formatCount(entries)} entries decided`;
  switch (ownLoss.kind) {
    case 'undecided':
      return decided === entries
        ? []
        : [`Finite differences do not decide whether it is the gradient of its own loss (${counted}).`];
    case 'not-slope':
      return [`It is not the gradient of its own loss either: finite differences disagree with it (${counted}).`];
    case 'slope': {
      const right = `It is the gradient of its own loss, by finite differences (${counted})`;
      if (loss.usedOfBound <= 1) return [`${right}.`];
      const [own, expected] = formatApart([loss.candidate, loss.oracle]);
      return [`${right}, but that loss is not the expected one: it is ${own}, expected ${expected}.`];
    }
  }
}
