// Modules to put on trial, written into a folder that goes when the test file is done.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { FILLED_IN } from '../cli/filled-in.ts';

export interface Modules {
  readonly folder: string;
  /** A file with this text. */
  readonly written: (text: string, extension: string) => string;
  /**
   * A module that does `body` between computing its right `answer` to `problem` and giving it, and
   * `before` when it is loaded.
   */
  readonly moduleOf: (body: string, before?: string) => string;
}

export function modules(): Modules {
  const folder = mkdtempSync(join(tmpdir(), 'backproof own ')); // with a space
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let files = 0;
  const written = (text: string, extension: string): string => {
    const file = join(folder, `own-${process.pid}-${files++}${extension}`);
    writeFileSync(file, text);
    return file;
  };
  const right = written(FILLED_IN, '.mjs');
  const moduleOf = (body: string, before = ''): string =>
    written(
      `import right from ${JSON.stringify(right)};\n${before}\nexport default async function (problem) {\n  const answer = right(problem);\n  ${body}\n  return answer;\n}\n`,
      '.mjs',
    );
  return { folder, written, moduleOf };
}
