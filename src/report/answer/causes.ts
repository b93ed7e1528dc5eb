// Why numbers are wrong and what to do, as sentences: a known mistake, another convention, the
// slope of another loss, or otherwise the formula to look at.
import { formatConventions } from '../../check/diagnosis/conventions.ts';
import type { Diagnosis, NamedFault } from '../../check/diagnosis/diagnose.ts';
import type { GradientCheck } from '../../check/gradient-check.ts';
import type { Side } from '../../check/pair.ts';
import { formatPlace } from '../words/findings.ts';
import { formatApart, formatCount, formatNumber } from '../words/numbers.ts';
import type { Checked } from './checked.ts';
import type { Trouble } from './trouble.ts';

/** The known mistakes that explain what is wrong on this side; empty if no single one does. */
export function causeOf(checked: Checked, side: Side): readonly NamedFault[] {
  return diagnosisOf(checked, side)?.mistakes ?? [];
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
  const { faults = [], look = null } = trouble ?? {};
  const { gradients } = checked;
  const conventions = conventionSentences(gradients);
  const slope = gradients === null ? [] : ownLossSentences(gradients, checked);
  if (faults.length > 0)
    return [...faultSentences(faults), ...conventions, ...(gradients?.ownLoss?.kind === 'slope' ? slope : [])];
  if (conventions.length > 0 || gradients?.ownLoss?.kind === 'slope') return [...conventions, ...slope];
  const place = look === null ? [] : [`Look at ${look.formula ?? look.name}.`];
  const looked = diagnosisOf(checked, 'candidate') ?? diagnosisOf(checked, 'reference');
  return [...place, ...(looked === null ? [] : ['No known mistake explains this.']), ...slope];
}

/**
 * "Fix: db = Σ_b dz_b. The bias gradient is not summed over the batch (bias-not-summed at
 * layer 1)."
 */
function faultSentences(faults: readonly NamedFault[]): string[] {
  const sentences = faults.map((one) => `Fix: ${one.remedy}. ${capital(one.description)} (${nameOf(one)}).`);
  if (faults.length === 1) return sentences;
  return [...sentences, `These ${faults.length} mistakes give the same numbers on this network.`];
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
function conventionSentences(check: GradientCheck | null): string[] {
  if (check === null || check.looksLike.length === 0) return [];
  const ways = check.looksLike.map(formatConventions).join(', or ');
  return [`Fix: declare ${ways}, if that is what you mean: everything then agrees. If it is not, that is the mistake.`];
}

/**
 * Whether the gradient is wrong or the loss is another one: claims no more than the measured
 * slopes show.
 */
function ownLossSentences({ ownLoss, loss }: GradientCheck, { candidate }: Checked): string[] {
  if (ownLoss === null) return [];
  const { entries, decided } = ownLoss;
  const counted = `finite differences decided ${formatCount(decided)} of ${formatCount(entries)} entries`;
  switch (ownLoss.kind) {
    case 'undecided':
      return decided === entries ? [] : [`Whether its gradient is the slope of its own loss is undecided: ${counted}.`];
    case 'not-slope': {
      const { first } = ownLoss;
      const [derived, measured] = formatApart([first.derived, first.measured]);
      const slope = `${measured} ± ${formatNumber(first.error, 2)}`;
      return [
        `It is not the slope of its own loss either: near these parameters the gradient of ${formatPlace(first)} of ${candidate.label} is ${derived}, and the slope of its loss is ${slope} (${counted}).`,
      ];
    }
    case 'slope': {
      const right = `Its gradient is the slope of its own loss (${counted})`;
      if (loss.usedOfBound <= 1) return [`${right}.`];
      const [own, expected] = formatApart([loss.candidate, loss.oracle]);
      return [`${right}, but that loss is not the expected one: it is ${own}, expected ${expected}.`];
    }
  }
}
