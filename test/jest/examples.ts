// The examples of README and docs/matchers.md that need a test runner, and the files they import.
import { allBlocks } from '../examples.ts';

export interface Example {
  /** The file name in its first line; README's example has none. */
  readonly name: string | null;
  readonly code: string;
}

/** All examples in docs/matchers.md, and those of other documents that test/jest runs. */
export function matcherExamples(): Example[] {
  return allBlocks()
    .filter(({ language }) => language === 'ts' || language === 'js')
    .filter(({ document, skipped }) => document === 'docs/matchers.md' || skipped?.startsWith('test/jest/') === true)
    .filter(({ skipped }) => skipped?.startsWith('test/matchers/') !== true)
    .map(({ text }) => ({ name: /^\/\/ (\S+)\n/.exec(text)?.[1] ?? null, code: text }));
}

/** The output that the document shows. */
export function promisedOutput(): string {
  return (
    allBlocks()
      .find(({ document, language }) => document === 'docs/matchers.md' && language === 'text')
      ?.text.trim() ?? ''
  );
}
