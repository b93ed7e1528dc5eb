// The examples of README and docs/matchers.md that need a test runner, and what they import.
import { allBlocks } from '../examples.ts';

export interface Example {
  /** As its first line says; README's has none. */
  readonly name: string | null;
  readonly code: string;
}

/** Everything in docs/matchers.md, and what other documents leave to test/jest. */
export function matcherExamples(): Example[] {
  return allBlocks()
    .filter(({ language }) => language === 'ts' || language === 'js')
    .filter(({ document, skipped }) => document === 'docs/matchers.md' || skipped?.startsWith('test/jest/') === true)
    .map(({ text }) => ({ name: /^\/\/ (\S+)\n/.exec(text)?.[1] ?? null, code: text }));
}

/** What the document says is printed. */
export function promisedOutput(): string {
  return (
    allBlocks()
      .find(({ document, language }) => document === 'docs/matchers.md' && language === 'text')
      ?.text.trim() ?? ''
  );
}
