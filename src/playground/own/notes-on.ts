// What is said below a line of the code: only where the line is known. It is known of what cannot
// be run, of a change with which everything agrees, and of the mistakes of the examples, as long as
// they stand there.
import { answerOf } from '../../report/answer/answer.ts';
import { capital } from '../../report/html/client/parts/words.ts';
import type { Note } from './notes.ts';
import type { Outcome, Repair } from './messages.ts';

/**
 * @param mistake the wrong code of the example that the text began as
 * @param repair what was found by trying
 */
export function notesOn(outcome: Outcome, text: string, mistake: string | undefined, repair: Repair | null): Note[] {
  if (outcome.kind === 'failed') {
    if (outcome.at === null) return [];
    const hint = outcome.hint === null ? '' : ` Hint: ${outcome.hint}.`;
    return [{ line: outcome.at.line, text: `${outcome.said}.${hint}` }];
  }
  const line = repair?.line ?? (mistake === undefined ? null : lineOf(text, mistake));
  if (line === null) return [];
  const tried = repair === null ? '' : ` It was tried: with “${repair.whole}” everything agrees.`;
  if (outcome.kind === 'function')
    return outcome.check.verdict === 'disagree' ? [{ line, text: 'This makes the gradient wrong.' }] : [];
  const { trouble } = answerOf(outcome.report);
  const [named, ...others] = trouble?.faults ?? [];
  if (named === undefined || others.length > 0) return tried === '' ? [] : [{ line, text: tried.trim() }];
  return [{ line, text: `${capital(named.description)}. Fix: ${named.remedy}.${tried}` }];
}

/** From 1; null where it does not stand there exactly once. */
function lineOf(text: string, part: string): number | null {
  const at = text.indexOf(part);
  if (at < 0 || text.includes(part, at + 1)) return null;
  return text.slice(0, at).split('\n').length;
}
