// Collects what is wrong in the answers: first their form, then the numbers of the first question
// with a wrong answer.
import type { AnswerFlaw } from '../../candidates/engine.ts';
import type { Finding } from '../verdict.ts';
import type { Result } from './results.ts';

/** Everything that is wrong, before any explanation. */
export interface Collected {
  readonly findings: readonly Finding[];
  /** The first result in which a number is wrong; missing numbers are not. */
  readonly wrong: Result | null;
  /** Tensors (W1, b1 ...) that the candidate did not return. */
  readonly missing: ReadonlySet<string>;
  /** Whether the form of a gradient is wrong, so that its numbers may have been misread. */
  readonly misread: boolean;
  /** Whether a loss or gradient of the right form has wrong numbers. */
  readonly miscomputed: boolean;
}

/** Numbers that are wrong because of their form are reported once, as the form. */
export function collectFindings(results: readonly Result[]): Collected {
  const flaws = results.find(({ answers }) => answers.candidate.flaws.length > 0)?.answers.candidate.flaws ?? [];
  const missing = new Set(namesOf(flaws, 'missing'));
  const formless = new Set([...missing, ...namesOf(flaws, 'shape')]);
  const isThere = (f: Finding): boolean => f.kind !== 'beyond-bound' || !missing.has(f.measure.parameter);
  const wrong = results.find(({ findings }) => findings.some(isThere)) ?? null;
  const found = wrong?.findings ?? [];
  return {
    findings: [
      ...flaws.map(flawFinding),
      ...found.filter((f) => f.kind !== 'beyond-bound' || !formless.has(f.measure.parameter)),
    ],
    wrong,
    missing,
    misread: [...formless].some((parameter) => parameter !== 'outputs'),
    miscomputed: found.some((f) => f.kind === 'beyond-bound' && f.what !== 'outputs'),
  };
}

/** A flaw in the form of the candidate's answer, as a finding. */
export function flawFinding(flaw: AnswerFlaw): Finding {
  return { kind: 'answer', check: 'gradient-check', engine: 'candidate', flaw };
}

function namesOf(flaws: readonly AnswerFlaw[], kind: AnswerFlaw['kind']): string[] {
  return flaws.filter((flaw) => flaw.kind === kind).map(({ parameter }) => parameter);
}
