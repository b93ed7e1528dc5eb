// The pieces of a report before it is rendered. Terminal and Markdown render the same list. If only
// one of them shows a piece, the field `only` says so, set where the list is made (compare.ts,
// gradcheck.ts in this folder).
import type { VerdictKind } from '../../check/verdict.ts';
import type { Environment } from '../report.ts';

/** Formats that are read from top to bottom. */
export type Medium = 'terminal' | 'markdown';

/** The content of a cell: text, or a verdict, which is coloured where possible. */
export type Cell = string | { readonly verdict: VerdictKind };

/** One piece of a report. */
export type Piece =
  /** The title of the report. */
  | { readonly kind: 'title'; readonly command: string; readonly verdict: VerdictKind }
  /** The verdict in one sentence, with what is wrong and what to do below it. */
  | {
      readonly kind: 'verdict';
      readonly verdict: VerdictKind;
      readonly sentence: string;
      readonly lines: readonly string[];
    }
  | { readonly kind: 'sides'; readonly candidate: string; readonly reference: string }
  /** What was run. */
  | { readonly kind: 'run'; readonly text: string }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly Cell[])[] }
  /** Starts a case: all blocks up to the next case belong to it. */
  | { readonly kind: 'case'; readonly name: string }
  /** A sentence next to the tables. */
  | { readonly kind: 'note'; readonly text: string }
  /**
   * A line that continues below a table, in lower case; as a paragraph of its own it starts with a
   * capital.
   */
  | { readonly kind: 'clause'; readonly text: string }
  | { readonly kind: 'baseline'; readonly regressed: boolean; readonly lines: readonly string[] }
  /** Further findings; `more` counts similar ones at other steps or places. */
  | { readonly kind: 'findings'; readonly sentences: readonly string[]; readonly more: number }
  /** Where the report comes from, for readers who have only this text. */
  | {
      readonly kind: 'origin';
      readonly candidate: string;
      readonly reference: string;
      readonly command: string;
      readonly environment: Environment;
    }
  /** Files that were written. */
  | { readonly kind: 'files'; readonly written: readonly string[] }
  /** The command that repeats the run. */
  | { readonly kind: 'repeat'; readonly command: string }
  /** An empty line, for formats without paragraphs. */
  | { readonly kind: 'break' };

/** A piece, shown in all formats unless `only` names one. */
export type Block = Piece & { readonly only?: Medium };

/** How many findings are shown before "and N more". */
export const FINDINGS_SHOWN: Readonly<Record<Medium, number>> = { terminal: 4, markdown: 20 };

/** The blocks that a medium shows. */
export function blocksFor(medium: Medium, blocks: readonly Block[]): Piece[] {
  return blocks.filter(({ only }) => only === undefined || only === medium);
}
