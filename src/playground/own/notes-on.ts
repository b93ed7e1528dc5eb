// What is said below a line of the code: only where the line is known.
import type { Note } from './notes.ts';
import type { Outcome } from './messages.ts';

export function notesOn(outcome: Outcome): Note[] {
  if (outcome.kind !== 'failed' || outcome.at === null) return [];
  const hint = outcome.hint === null ? '' : ` Hint: ${outcome.hint}.`;
  return [{ line: outcome.at.line, text: `${outcome.said}.${hint}` }];
}
