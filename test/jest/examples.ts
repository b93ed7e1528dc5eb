// The examples of README and docs/matchers.md: fenced blocks, each below a mark that says who runs it.
import { readFileSync } from 'node:fs';

export interface Example {
  /** As its first line says; README's has none. */
  readonly name: string | null;
  readonly code: string;
}

export function examplesOf(path: string): Example[] {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const marked = /<!-- example: run by test\/jest\/jest\.test\.ts -->\n+```[jt]s\n(.*?)```/gs;
  return Array.from(text.matchAll(marked), ([, code]) => ({ name: /^\/\/ (\S+)\n/.exec(code)?.[1] ?? null, code }));
}

/** What the document says is printed, line by line. */
export function promisedOutput(path: string): string[] {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const [, block] = /<!-- output: compared by test\/jest\/jest\.test\.ts -->\n+```text\n(.*?)```/s.exec(text) ?? [
    '',
    '',
  ];
  return block.trim().split('\n');
}
