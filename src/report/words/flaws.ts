// Sentences about flaws in the form of a candidate's answer: missing tensors, wrong shapes, answers
// that vary, changed arguments.
import type { AnswerFlaw } from '../../candidates/engine.ts';
import type { Finding } from '../../check/verdict.ts';
import { formatApart } from './numbers.ts';

/** The missing gradients as one clause; null if none is missing. */
export function missingSentence(findings: readonly Finding[], who: string): string | null {
  const missing = missingGradients(findings);
  if (missing.length === 0) return null;
  return `${who} returned no gradient for ${missing.map(({ parameter, shape }) => `${parameter} ${formatShape(shape)}`).join(', ')}`;
}

/** The gradients that the candidate did not return. */
export function missingGradients(findings: readonly Finding[]): readonly Extract<AnswerFlaw, { kind: 'missing' }>[] {
  return findings.flatMap((f) =>
    f.kind === 'answer' && f.flaw.kind === 'missing' && isGradient(f.flaw) ? [f.flaw] : [],
  );
}

/** Loss and outputs are not tensors of the network. */
function isGradient({ parameter }: AnswerFlaw): boolean {
  return !['loss', 'outputs'].includes(parameter);
}

/** What to do about different answers, where nothing more is known. */
export const LOOK_FOR = '; look for randomness (such as dropout) or for state kept between calls';

/** @param who "my-mlp.ts (candidate)" */
export function flawSentence(flaw: AnswerFlaw, who: string): string {
  const what = described(flaw, flaw.parameter);
  switch (flaw.kind) {
    case 'missing':
      return isGradient(flaw)
        ? `${who} returned no gradient for ${flaw.parameter} ${formatShape(flaw.shape)}`
        : `${who} returned no ${flaw.parameter}`;
    case 'shape': {
      if (flaw.parameter === 'gradients' && flaw.found?.length === 1)
        return `${who} returned gradients for ${flaw.found[0]} layers, but the network has ${flaw.expected[0]}`;
      const expected = flaw.expected.length === 0 ? 'a number' : `shape ${formatShape(flaw.expected)}`;
      return `${what} of ${who}: expected ${expected}, got ${formatShape(flaw.found)}${isTranspose(flaw) ? ', which is the transpose' : ''}`;
    }
    case 'changed': {
      const [before, after] = formatApart([flaw.before, flaw.after ?? NaN]);
      const now = flaw.after === null ? 'not a number' : after;
      return `${who} changes its arguments: ${flaw.parameter}[${flaw.index.join(',')}] was ${before} before the call and is ${now} after it; copy an array before changing it`;
    }
    case 'unsteady':
      return `${who} gives different answers to the same question: ${unsteadyValues(flaw)}${LOOK_FOR}`;
  }
}

/** "the gradient of W1[0,2] is 0.1, then 0.2" */
export function unsteadyValues(flaw: Extract<AnswerFlaw, { kind: 'unsteady' }>): string {
  const place = flaw.index.length === 0 ? flaw.parameter : `${flaw.parameter}[${flaw.index.join(',')}]`;
  return `${described(flaw, place)} is ${formatApart([flaw.first, flaw.second]).join(', then ')}`;
}

/** "the gradient of W1[0,2]"; "the loss" */
function described(flaw: AnswerFlaw, place: string): string {
  return isGradient(flaw) ? `the gradient of ${place}` : `the ${place}`;
}

export function formatShape(shape: readonly number[] | null): string {
  return shape === null
    ? 'something that is not an array of numbers with rows of equal length'
    : `(${shape.join(', ')})`;
}

function isTranspose({ expected, found }: Extract<AnswerFlaw, { kind: 'shape' }>): boolean {
  return found?.length === 2 && found[0] === expected[1] && found[1] === expected[0];
}
