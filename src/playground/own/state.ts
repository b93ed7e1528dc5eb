// What a link to this part holds.
import { FIRST_CHOICE, chosenIn } from '../work/problem.ts';
import type { Chosen } from '../work/problem.ts';
import { EXAMPLES, FIRST_EXAMPLE } from './examples.ts';

export interface OwnState {
  readonly example: string;
  /** What the reader made of it; null: as it is. */
  readonly text: string | null;
  readonly chosen: Chosen;
  /** A case file in place of the chosen network; "" if there is none. */
  readonly caseText: string;
}

const FIRST: OwnState = { example: FIRST_EXAMPLE, text: null, chosen: FIRST_CHOICE, caseText: '' };

/** The most characters of code, and of a case file. */
const LONGEST = 500_000;

/** Reads what a link or the part itself kept. It may be anything. */
export function stateIn(value: unknown): OwnState {
  if (typeof value !== 'object' || value === null) return FIRST;
  const { example, text, chosen, caseText } = value as Record<string, unknown>;
  const isText = (one: unknown): one is string => typeof one === 'string' && one.length <= LONGEST;
  return {
    example: typeof example === 'string' && Object.hasOwn(EXAMPLES, example) ? example : FIRST.example,
    text: isText(text) ? text : null,
    chosen: chosenIn(chosen),
    caseText: isText(caseText) ? caseText : '',
  };
}
