// What a report says, piece by piece, before it has a form. Terminal and Markdown render the same list; what one of them says and the
// other does not, is the field `only` of a block, set where the list is made (compare.ts, gradcheck.ts beside this file).
import type { VerdictKind } from '../../check/verdict.ts';
import type { Environment } from '../report.ts';

/** Formats that are read as a text from top to bottom. */
export type Medium = 'terminal' | 'markdown';

/** What stands in a cell: a verdict has a colour where there are any. */
export type Cell = string | { readonly verdict: VerdictKind };

/** One piece of a report. */
export type Piece =
  /** The report's name. */
  | { readonly kind: 'title'; readonly command: string; readonly verdict: VerdictKind }
  /** The verdict in a sentence, and below it what is wrong and what to do. */
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
  /** A case begins: what follows is about it, up to the next one. */
  | { readonly kind: 'case'; readonly name: string }
  /** A sentence beside the tables. */
  | { readonly kind: 'note'; readonly text: string }
  /** A line that goes on below a table, in small letters; where it is a paragraph of its own, it begins with a capital. */
  | { readonly kind: 'clause'; readonly text: string }
  | { readonly kind: 'baseline'; readonly regressed: boolean; readonly lines: readonly string[] }
  /** What else is wrong; `more` are like these, at other steps or places. */
  | { readonly kind: 'findings'; readonly sentences: readonly string[]; readonly more: number }
  /** Where all of it is from, for whoever has nothing but this text. */
  | {
      readonly kind: 'origin';
      readonly candidate: string;
      readonly reference: string;
      readonly command: string;
      readonly environment: Environment;
    }
  /** Files that were written. */
  | { readonly kind: 'files'; readonly written: readonly string[] }
  /** How to have the same again. */
  | { readonly kind: 'repeat'; readonly command: string }
  /** An empty line, where pieces are not paragraphs anyway. */
  | { readonly kind: 'break' };

/** A piece, and where it is shown: everywhere unless `only` says otherwise. */
export type Block = Piece & { readonly only?: Medium };

/** Findings that are shown before "and N more". */
export const FINDINGS_SHOWN: Readonly<Record<Medium, number>> = { terminal: 4, markdown: 20 };

/** The blocks that a medium shows. */
export function blocksFor(medium: Medium, blocks: readonly Block[]): Piece[] {
  return blocks.filter(({ only }) => only === undefined || only === medium);
}
