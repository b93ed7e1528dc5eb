// Parses examples/README.md: for each section the mistake as a diff, and for each transcript the
// commands above it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { excerpt } from '../../scripts/docs/transcripts.ts';
import { ROOT } from '../../scripts/package/pack.ts';

export const GALLERY = 'examples/README.md';

/** A line of the right source and its replacement, or null if the line is removed. */
export interface Mistake {
  readonly right: string;
  readonly wrong: string | null;
}

/** A command, the lines of its output that the page shows, and a way to write new ones. */
export interface Run {
  /** Commands that must run first, for example a compiler. */
  readonly before: readonly string[];
  readonly command: string;
  readonly text: string;
  readonly shownOf: (output: string) => string;
  /** The page with these lines as the transcript. */
  readonly written: (page: string, lines: string) => string;
}

export interface Section {
  readonly title: string;
  readonly mistake: Mistake;
  readonly right: Run;
  readonly wrong: Run;
}

const SHELL = /```sh\n([^]*?)\n```\n\n<!-- output: (?:.+?) \| (.+?) -->\n\n```text\n([^]*?)```/g;
const DIFF = /```diff\n-(.+)\n(?:\+(.+)\n)?```/;

/**
 * The sections that show an example.
 * @throws Error if a section does not have two transcripts and a diff of one line
 */
export function sections(): Section[] {
  const parts = readFileSync(join(ROOT, GALLERY), 'utf8').split(/^##+ /m);
  return parts.filter((part) => part.includes('```diff')).map(sectionOf);
}

function sectionOf(part: string): Section {
  const title = part.slice(0, part.indexOf('\n'));
  const [, removed, added = null] = DIFF.exec(part) ?? [];
  const [right, wrong, ...more] = runsOf(part);
  if (removed === undefined || right === undefined || wrong === undefined || more.length > 0)
    throw new Error(`${GALLERY}, ${title}: expected a diff of one line and two transcripts`);
  return {
    title,
    mistake: { right: removed.trim(), wrong: added?.trim() ?? null },
    right,
    wrong: { ...wrong, before: [...right.before, ...wrong.before] },
  };
}

/** The transcripts below commands, in a part of a page. */
export function runsOf(part: string): Run[] {
  return Array.from(part.matchAll(SHELL), ([, shell, shown, text]) => runOf(shell, shown, text));
}

function runOf(shell: string, shown: string, text: string): Run {
  const lines = shell.split('\n');
  return {
    before: lines.slice(0, -1),
    command: lines[lines.length - 1],
    text: text.trimEnd(),
    shownOf: (output) => excerpt(output, shown, GALLERY),
    written(page, lines) {
      const from = page.indexOf('```text\n', page.indexOf(`\n${shell}\n`)) + '```text\n'.length;
      return `${page.slice(0, from)}${lines}\n${page.slice(page.indexOf('```', from))}`;
    },
  };
}
