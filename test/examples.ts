// Finds the examples of README.md and docs/*.md: fenced blocks of code with the output that they
// promise, and the command lines of fenced sh blocks.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../scripts/package/pack.ts';

export interface Block {
  /** README.md, docs/protocol.md */
  readonly document: string;
  /** Of the fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** Why it is not run, from `<!-- example: skip because ... -->` above it; null if it is. */
  readonly skipped: string | null;
}

const SKIP = /^<!-- example: skip because (\S.*) -->$/;

export function blocksOf(markdown: string, document: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const fence = /^( *)(`{3,}|~{3,})(\w*)/.exec(lines[i]);
    if (fence === null) continue;
    const [, indent, mark, language] = fence;
    const end = lines.findIndex((line, at) => at > i && line.trim() === mark);
    if (end < 0) throw new Error(`${document}:${i + 1}: the block has no end`);
    const above = lines.slice(0, i).findLast((line) => line.trim() !== '') ?? '';
    const skipped = SKIP.exec(above.trim())?.[1] ?? null;
    if (skipped === null && above.includes('example: skip')) throw new Error(`${document}:${i}: skip because of what?`);
    const text = lines.slice(i + 1, end).map((line) => line.slice(indent.length));
    blocks.push({ document, line: i + 1, language, text: `${text.join('\n')}\n`, skipped });
    i = end;
  }
  return blocks;
}

/** Every block of README.md and docs/*.md. */
export function allBlocks(): Block[] {
  const documents = [
    'README.md',
    ...readdirSync(join(ROOT, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ];
  return documents.flatMap((document) => blocksOf(readFileSync(join(ROOT, document), 'utf8'), document));
}

/**
 * The comments behind statements console.log(...), in their order: each is a line that is printed,
 * up to "..." if it ends so.
 */
export function promises(code: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && /^console\.log\(/.test(node.expression.getText())) {
      const [comment] = ts.getTrailingCommentRanges(code, node.end) ?? [];
      if (comment !== undefined) found.push(code.slice(comment.pos + 2, comment.end).trim());
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true));
  return found;
}

/** What was promised and is not there, each in the order of the lines printed. */
export function broken(promised: readonly string[], printed: string): string[] {
  const lines = printed.split('\n');
  let from = 0;
  return promised.filter((promise) => {
    const whole = promise.endsWith('...') ? promise.slice(0, -3).trimEnd() : null;
    const at = lines.findIndex(
      (line, i) => i >= from && (whole === null ? line.trim() === promise : line.trim().startsWith(whole)),
    );
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}

/**
 * The commands of a sh block, as words: comments, prompts and variables set in front are left out,
 * `&&` and `;` part two commands.
 */
export function commandsOf(sh: string): string[][] {
  const commands: string[][] = [[]];
  const lines = sh.replaceAll('\\\n', ' ').split('\n');
  for (const line of lines) {
    commands.push([]);
    for (const [, double, single, plain] of line.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)) {
      if (plain?.startsWith('#')) break;
      if (plain !== undefined && ['&&', ';', '|', '||'].includes(plain)) commands.push([]);
      else commands.at(-1)?.push(double ?? single ?? plain);
    }
  }
  return commands.map(withoutFront).filter((words) => words.length > 0);
}

function withoutFront(words: readonly string[]): string[] {
  const first = words.findIndex((word) => word !== '$' && !/^[A-Z_]+=/.test(word));
  return first < 0 ? [] : words.slice(first);
}
