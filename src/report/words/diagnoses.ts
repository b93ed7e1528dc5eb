// Where it first went wrong and why, as sentences: first wrong places, slopes, conventions, known mistakes.
import type { GradientCheck } from '../../check/gradient-check.ts';
import { formatConventions } from '../../check/diagnosis/conventions.ts';
import type { ExpectedCheck } from '../../check/expected/expected-check.ts';
import type { Reading } from '../../check/expected/readings.ts';
import { MEANS } from '../../network/meaning.ts';
import type { Meaning } from '../../network/meaning.ts';
import type { Diagnosis } from '../../check/diagnosis/diagnose.ts';
import type { FirstWrong } from '../../check/diagnosis/first-wrong.ts';
import type { QuestionName } from '../../check/verdict.ts';
import type { UpdateCheck } from '../../check/update-check.ts';
import { formatApart, formatCount, formatNumber } from './numbers.ts';
import type { Report } from '../report.ts';
import { formatPlace, WHERE, unsteadyValues, whoIs } from './findings.ts';
import type { Sides } from './findings.ts';

/** That two answers differ by rounding alone: nothing is wrong, and it is worth knowing. */
function differsSentences({ differs, verdict }: GradientCheck, { candidate }: Sides): string[] {
  if (differs === null || verdict.kind === 'disagree') return [];
  return [
    `Note: ${candidate.label} answers the same question differently, within rounding error: ${unsteadyValues(differs)}.`,
  ];
}

/** Where an engine first left the exact values: the first wrong intermediate. */
function firstWrongSentences(
  of: Readonly<Record<'candidate' | 'reference', FirstWrong | null>>,
  sides: Sides,
  question: QuestionName = 'given',
): string[] {
  return (['candidate', 'reference'] as const).flatMap((side) => {
    const place = of[side];
    if (place === null || sides[side] === null) return [];
    const at = place.index.length === 0 ? '' : ` [${place.index.join(', ')}]`;
    const values = formatApart([place.found, place.exact]).join(', exact ');
    const who = `${whoIs(side, sides.candidate, sides.reference)}${WHERE[question]}`;
    return [`First wrong in the order of computation: ${place.name}${at} of ${who}: ${values}.`];
  });
}

/** Whether the calculus is wrong, or the loss is another one: as much as the measured slopes carry. */
function ownLossSentences({ ownLoss, loss }: GradientCheck, { candidate }: Sides): string[] {
  if (ownLoss === null) return [];
  const { entries, decided } = ownLoss;
  const counted = `${formatCount(decided)} of ${formatCount(entries)} entries decided by finite differences`;
  switch (ownLoss.kind) {
    case 'undecided':
      return decided === entries ? [] : [`Whether its gradient is the slope of its own loss is undecided: ${counted}.`];
    case 'not-slope': {
      const { first } = ownLoss;
      const [derived, measured] = formatApart([first.derived, first.measured]);
      const slope = `${measured} ± ${formatNumber(first.error, 2)}`;
      return [
        `It is not the slope of its own loss either: near these parameters ${formatPlace(first)} of ${candidate.label} is ${derived}, the slope of its loss is ${slope} (${counted}).`,
      ];
    }
    case 'slope': {
      const values = formatApart([loss.candidate, loss.oracle]).join(', expected ');
      const other = loss.usedOfBound <= 1 ? '' : `; that loss is not the expected one (${values})`;
      return [`Its gradient is the slope of its own loss, ${counted}${other}.`];
    }
  }
}

/** Where it only does otherwise what may be done otherwise. */
function conventionSentences(looksLike: GradientCheck['looksLike'], { candidate }: Sides): string[] {
  if (looksLike.length === 0) return [];
  const ways = looksLike.map(formatConventions).join(', or ');
  return [
    `Looks like another convention: ${candidate.label} agrees if it declares ${ways}. If that is what you mean, declare it; if not, it is the mistake.`,
  ];
}

/** What mistake it is and how to mend it; null where nothing is wrong. */
function diagnosisSentences(diagnosis: Diagnosis | null, what: string, sides: Sides): string[] {
  if (diagnosis === null) return [];
  const { engine, mistakes } = diagnosis;
  const who = whoIs(engine, sides.candidate, sides.reference);
  if (mistakes.length === 0) return [`Diagnosis: ${what} of ${who} are wrong, but not by any one known mistake alone.`];
  const intro = mistakes.length === 1 ? 'Diagnosis' : 'Diagnosis (these come to the same here)';
  return mistakes.map((m) => {
    const at = m.layer === null ? '' : m.layer === 'every' ? ' at every layer' : ` at layer ${m.layer}`;
    return `${intro}: ${m.fault}${at} of ${who}: ${m.description}. Mend: ${m.remedy}.`;
  });
}

/** Where it first went wrong and why, from all checks of a report; what several checks say alike is said once. */
export function diagnoses(report: Report): string[] {
  const gradients: GradientCheck[] = report.gradientCheck === null ? [] : [report.gradientCheck];
  const updates: (UpdateCheck | null)[] = [];
  const lines: string[] = [];
  if (report.kind === 'gradcheck') {
    gradients.push(...report.cases.map((c) => c.gradientCheck));
    updates.push(report.updateCheck, ...report.cases.map((c) => c.updateCheck));
  }
  lines.push(...checkDiagnoses(gradients, updates, report));
  if (report.kind === 'compare') {
    if (lines.length === 0) lines.push(...firstWrongSentences(report.lockstep.firstWrong, report));
    lines.push(...diagnosisSentences(report.lockstep.diagnosis, 'the updates', report));
  } else {
    for (const { expected } of report.cases) lines.push(...readingSentences(expected));
  }
  return [...new Set(lines)];
}

/** The same of some checks: first wrong places, other conventions, known mistakes. */
export function checkDiagnoses(
  gradients: readonly GradientCheck[],
  updates: readonly (UpdateCheck | null)[],
  sides: Sides,
): string[] {
  const lines: string[] = [];
  for (const check of gradients) {
    lines.push(...firstWrongSentences(check.firstWrong, sides, check.firstWrongQuestion ?? 'given'));
    lines.push(...differsSentences(check, sides));
    lines.push(...conventionSentences(check.looksLike, sides));
    lines.push(...ownLossSentences(check, sides));
    const explained = check.looksLike.length > 0 && check.diagnosis?.mistakes.length === 0;
    if (!explained) lines.push(...diagnosisSentences(check.diagnosis, 'the gradients', sides));
  }
  for (const check of updates) lines.push(...diagnosisSentences(check?.diagnosis ?? null, 'the updates', sides));
  return lines;
}

/** What the expected values of a case look like, where they do not fit. */
function readingSentences(expected: ExpectedCheck | null): string[] {
  const readings = expected?.looksLike ?? [];
  const explained = expected?.training?.explained ?? [];
  return [
    ...readings.map((one) => `The expected values fit if the case declares ${declared(one)} in "expected".`),
    ...explained.map(
      (m) => `Diagnosis: the expected training is that of ${m.fault}: ${m.description}. Mend: ${m.remedy}.`,
    ),
  ];
}

/** "conventions": { "loss": "sum" }, "decimals": 9 */
function declared({ conventions, decimals }: Reading): string {
  const others = Object.entries(conventions).filter(([name, choice]) => MEANS[name as keyof Meaning] !== choice);
  const parts = [
    ...(others.length === 0 ? [] : [`"conventions": { ${others.map(([n, c]) => `"${n}": "${c}"`).join(', ')} }`]),
    ...(decimals === null ? [] : [`"decimals": ${decimals}`]),
  ];
  return parts.join(', ');
}
