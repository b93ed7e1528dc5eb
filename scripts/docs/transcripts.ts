// The transcripts of a document: fenced blocks under a comment that names the command they are the output of.
//
//   <!-- output: npm run gradcheck -- --dataset xor | first 3, /^b1/, last 2 -->
//
// Behind the bar stand the lines that are shown: `first N`, `last N`, `N`, `N-M` (from 1), or all that match `/a regular
// expression/`, with `+N` the N lines below each as well. Without a bar all are. "..." stands for lines that are left out.

import { masked } from './masked.ts';

/** One block, and the text between its fences. */
export interface Transcript {
  /** The line of the comment, from 1. */
  readonly line: number;
  readonly command: string;
  /** Which lines are shown; null for all. */
  readonly shown: string | null;
  readonly text: string;
  /** Lines of the document, from 0: the first of the text, and the one behind it. */
  readonly from: number;
  readonly to: number;
}

const MARKER = /^<!-- output: (.+?)(?: \| (.+?))? -->$/;
/** Another test compares it: `<!-- output: compared by test/x.test.ts -->`. */
const ELSEWHERE = /^compared by (\S+)$/;
const FENCE = '```';

/** Those of a Markdown text. @throws Error where a comment has no block below it */
export function transcriptsOf(markdown: string, document: string): Transcript[] {
  const lines = markdown.split('\n');
  return lines.flatMap((line, i) => {
    const [, command, shown = null] = MARKER.exec(line.trim()) ?? [];
    if (command === undefined || ELSEWHERE.test(command)) return [];
    const fence = lines.findIndex((text, at) => at > i && text.trim() !== '');
    const end = lines.findIndex((text, at) => at > fence && text.trim() === FENCE);
    if (fence < 0 || end < 0 || lines[fence].trim() !== `${FENCE}text`)
      throw new Error(`${document}:${i + 1}: expected a block of text below the comment`);
    const text = lines.slice(fence + 1, end).join('\n');
    return [{ line: i + 1, command, shown, text, from: fence + 1, to: end }];
  });
}

/** The tests that compare a block themselves. */
export function comparedElsewhere(markdown: string): string[] {
  return markdown.split('\n').flatMap((line) => {
    const [, command = ''] = MARKER.exec(line.trim()) ?? [];
    const [, test] = ELSEWHERE.exec(command) ?? [];
    return test === undefined ? [] : [test];
  });
}

/** The document with the blocks replaced. @param outputs by command; blocks of other commands stay */
export function rewritten(markdown: string, document: string, outputs: ReadonlyMap<string, string>): string {
  const lines = markdown.split('\n');
  for (const { from, to, command, shown, line, text } of transcriptsOf(markdown, document).toReversed()) {
    const output = outputs.get(command);
    if (output === undefined) continue;
    const shownNow = excerpt(output, shown, `${document}:${line}`);
    if (masked(shownNow) === masked(text)) continue; // only its times differ
    lines.splice(from, to - from, ...shownNow.split('\n'));
  }
  return lines.join('\n');
}

/** What a block shows of an output. @throws Error where there is no such line */
export function excerpt(output: string, shown: string | null, where: string): string {
  const lines = output.split('\n').map((line) => line.trimEnd());
  while (lines.at(-1) === '') lines.pop();
  while (lines[0] === '') lines.shift();
  if (shown === null) return lines.join('\n');
  const chosen = new Set(shown.split(/, (?=first|last|\/|\d)/).flatMap((part) => chosenBy(part, lines, where)));
  const out: string[] = [];
  let skipped = false;
  for (const [i, line] of lines.entries()) {
    if (!chosen.has(i)) {
      if (line !== '' && !skipped) out.push('...');
      if (line !== '') skipped = true;
      continue;
    }
    if (!skipped && i > 0 && !chosen.has(i - 1) && out.length > 0) out.push('');
    out.push(line);
    skipped = false;
  }
  return out.join('\n');
}

function chosenBy(part: string, lines: readonly string[], where: string): number[] {
  const chosen = matching(part, lines);
  if (chosen === null)
    throw new Error(`${where}: "${part}" is not understood: first N, last N, N-M or /regular expression/ expected`);
  if (chosen.length === 0) throw new Error(`${where}: the output has no line "${part}". It is:\n${lines.join('\n')}`);
  return chosen;
}

/** null where it is not understood */
function matching(part: string, lines: readonly string[]): number[] | null {
  const [, end, count] = /^(first|last) (\d+)$/.exec(part) ?? [];
  const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
  const [, pattern, more = '0'] = /^\/(.+)\/(?:\+(\d+))?$/.exec(part) ?? [];
  const all = Array.from(lines.keys());
  if (end !== undefined) return end === 'first' ? all.slice(0, Number(count)) : all.slice(-Number(count));
  if (from !== undefined) return all.slice(Number(from) - 1, Number(to));
  if (pattern === undefined) return null;
  const matched = all.filter((i) => new RegExp(pattern).test(lines[i]));
  return matched.flatMap((i) => all.slice(i, i + 1 + Number(more)));
}
