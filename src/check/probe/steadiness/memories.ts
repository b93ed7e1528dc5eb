// What an engine may keep from one call to the next, and what it would answer then.
import type { NetworkSpec } from '../../../network/spec.ts';
import { passes } from '../pass/pass.ts';
import type { Values } from '../pass/pass.ts';
import type { Answered, Call } from './history.ts';
import { FIRST, partsOf } from './parts.ts';

/** A call whose values are used in place of the own ones. */
interface Source {
  /** "the call before" */
  readonly text: string;
  /** null: it is not known which. */
  readonly of: (answered: Answered) => Call | null;
}

/** Something that is kept, and where it shows. */
export interface Memory {
  /** A value: dW1, dz1, z1, loss. */
  readonly place: string;
  /** A sentence. */
  readonly text: string;
  /** The formula in use; null if the sentence says it all. */
  readonly used: string | null;
  /** What is kept, by number, and from where; the fewer kept values, the simpler. */
  readonly part: number;
  readonly source: string;
  readonly values: number;
  /** The answer to be expected; null if it is not known. */
  readonly answer: (answered: Answered) => Values | null;
}

const SOURCES: readonly Source[] = [
  { text: 'the call before', of: ({ before }) => before.at(-1) ?? null },
  { text: 'the last call for gradients', of: ({ before }) => lastOf(before, 'gradients') },
  { text: 'the last predict', of: ({ before }) => lastOf(before, 'predict') },
  {
    text: 'the first call with a batch of that size',
    of: ({ asked, before }) => before.find(({ batch }) => batch.inputs.rows === asked.batch.inputs.rows) ?? asked,
  },
  {
    text: 'the first call with the same batch',
    of: ({ asked, before }) => before.find(({ batch }) => batch === asked.batch) ?? asked,
  },
  { text: FIRST, of: ({ first }) => first },
];

function lastOf(before: readonly Call[], wanted: Call['kind']): Call | null {
  return before.filter(({ kind }) => kind === wanted).at(-1) ?? null;
}

export function memoriesOf(network: NetworkSpec): Memory[] {
  const parts = partsOf(network);
  return SOURCES.flatMap(({ text, of }) =>
    parts.map((part, n) => ({
      part: n,
      source: text,
      values: part.values,
      place: part.place,
      text: part.text(text),
      used: part.used,
      answer: (answered: Answered) => {
        const { asked } = answered;
        const kept = of(answered);
        if (kept === null || kept === asked) return kept && asked.right.values;
        const isOtherSize = kept.batch.inputs.rows !== asked.batch.inputs.rows;
        // what happens to kept rows then, is anybody's choice
        if (part.hasRows && isOtherSize && text !== FIRST) return null;
        const changes = part.changes(asked, kept);
        return changes && passes(network, asked.parameters, asked.batch, changes).values;
      },
    })),
  );
}
