// Why numbers are wrong and what to do, as sentences: a known mistake, what asking found out,
// another convention, the slope of another loss, or otherwise the formula to look at.
import { formatConventions } from '../../check/diagnosis/conventions.ts';
import { faultById } from '../../faults/registry.ts';
import type { Declared, Diagnosis, NamedFault } from '../../check/diagnosis/diagnose.ts';
import type { GradientCheck } from '../../check/gradient-check.ts';
import type { Side } from '../../check/pair.ts';
import type { TensorMeasure } from '../../check/verdict.ts';
import type { Probed } from '../../check/probe/told.ts';
import { formatApart, formatCount } from '../words/numbers.ts';
import type { Checked } from './checked.ts';
import { patternSentences } from './patterns.ts';
import { askedSentence, isErratic, saysWhereToLook, toldIn, toldSentencesOf } from './told.ts';
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
function diagnosisOf(checked: Checked, side: Side): Diagnosis | null {
  return diagnosesOf(checked, side)[0] ?? null;
}

function diagnosesOf({ gradients, updates, lockstep }: Checked, side: Side): Diagnosis[] {
  const all = [gradients?.diagnosis, updates?.diagnosis, lockstep?.diagnosis];
  return all.flatMap((one) => (one?.engine === side ? [one] : []));
}

/** What asking this side found out; null if nothing. */
export function probedOf(checked: Checked, side: Side): Probed | null {
  return toldIn(diagnosesOf(checked, side));
}

/** Of an engine that answers one question in several ways: why. Its numbers say nothing else. */
export function erraticOf(checked: Checked, side: Side): Probed | null {
  const probed = probedOf(checked, side);
  const told = probed?.told.filter(isErratic) ?? [];
  return probed === null || told.length === 0 ? null : { ...probed, told };
}

export function erraticSentences(probed: Probed | null, side: Side): string[] {
  const { first, then } = toldSentences(probed, side);
  return [...first, ...then];
}

/** The mistakes of one check and what asking found out beside them, for a list of failures. */
export function causeSentences(diagnosis: Diagnosis | null): string[] {
  if (diagnosis === null) return [];
  const { mistakes, pairs = [], declared, engine } = diagnosis;
  const { first, then } = toldSentences(toldIn([diagnosis]), engine);
  const named = mistakes.length > 0 ? faultSentences(mistakes) : pairs.length > 0 ? pairSentences(pairs) : [];
  const left = declared === undefined ? [] : declaredSentences(declared, named.length > 0 ? 'Or' : 'Fix');
  return [...first, ...named, ...then, ...left];
}

/** What is said before all else, and the rest; the number of questions comes last. */
function toldSentences(probed: Probed | null, side: Side): { readonly first: string[]; readonly then: string[] } {
  if (probed === null) return { first: [], then: [] };
  const { told } = probed;
  const first = toldSentencesOf(told.filter(isErratic));
  const then = toldSentencesOf(told.filter((one) => !isErratic(one)));
  return { first, then: [...then, ...askedSentence(probed, side)] };
}

/**
 * What to do, in the first sentence, then the reasons.
 * @param trouble null if no number is wrong, only the form of the answer
 */
export function fixOf(trouble: Trouble | null, checked: Checked): string[] {
  const { faults = [], pairs = [], look = null } = trouble ?? {};
  const { gradients, network } = checked;
  const looked = diagnosisOf(checked, 'candidate') ?? diagnosisOf(checked, 'reference');
  const side = trouble?.side ?? looked?.engine ?? 'candidate';
  const probed = trouble === null ? probedOf(checked, side) : trouble.probed;
  const told = probed?.told ?? [];
  const { first, then } = toldSentences(probed, side);
  const isNamed = faults.length + pairs.length > 0;
  const hasFix = isNamed || told.some(({ fix }) => fix !== null);
  const conventions = conventionSentences(gradients, hasFix ? 'Or' : 'Fix');
  const slope = gradients === null ? [] : ownLossSentences(gradients);
  const patterns = gradients === null ? [] : patternSentences(gradients, network, told);
  const isLookSaid = look === null || (!isNamed && saysWhereToLook(told, look));
  const place = isLookSaid ? [] : [`Look at ${look.formula ?? look.name}.`];
  const isOwnSlope = gradients?.ownLoss?.kind === 'slope';
  const { declared } = diagnosisOf(checked, 'candidate') ?? {};
  if (isNamed) {
    const ofLoss = look?.name === 'loss' && !isOwnSlope ? place : []; // known mistakes are of gradients and updates
    const named = faults.length > 0 ? faultSentences(faults) : pairSentences(pairs);
    const also = ofOptimizer(checked).map((one) => fixSentence('Also fix', one));
    const left = declared === undefined ? [] : declaredSentences(declared, 'Or');
    const all = [...first, ...named, ...also, ...then, ...left];
    return [...all, ...conventions, ...ofLoss, ...patterns, ...(isOwnSlope ? slope : [])];
  }
  if (declared !== undefined) return [...first, ...declaredSentences(declared, 'Fix'), ...then, ...patterns];
  const found = [...first, ...then];
  if (conventions.length > 0 || isOwnSlope) return [...found, ...conventions, ...slope, ...patterns];
  if (gradients !== null && found.length === 0 && isOutputsAlone(gradients))
    return ['Only the outputs that it predicts are wrong: the loss and the gradients are right.', ...place];
  const isUnknown = looked !== null && patterns.length === 0 && found.length === 0;
  const unknown = isUnknown ? ['No known mistake explains this.'] : [];
  return [...found, ...patterns, ...place, ...unknown, ...(found.length > 0 ? [] : slope)];
}

/** Whether the loss and all gradients are right in every question, and the outputs are not. */
function isOutputsAlone({ loss, outputs, parameters, questions, again }: GradientCheck): boolean {
  const isRight = ({ left }: TensorMeasure): boolean => left === null;
  const others = questions.flatMap(({ measures }) => measures.filter(({ parameter }) => parameter !== 'outputs'));
  const wrong = [outputs, ...questions.flatMap(({ measures }) => measures)].filter((one) => !isRight(one));
  return wrong.length > 0 && [loss, ...parameters, ...again, ...others].every(isRight);
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
  const [[first, second]] = pairs;
  if (pairs.length === 1 && first.fault === second.fault) {
    const layers = [first, second].map(({ layer }) => Number(layer)).toSorted((a, b) => a - b);
    return [fixSentence('Fix', first, `${first.fault} at layers ${layers.join(' and ')}`)];
  }
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

function fixSentence(verb: string, fault: NamedFault, name = nameOf(fault)): string {
  return `${verb}: ${fault.remedy}. ${capital(fault.description)} (${name}).`;
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
