// TypeScript's verdict on files outside the project, with the project's own strictness.
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../scripts/package/pack.ts';

/** One line per error. */
export function typeErrors(files: readonly string[]): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile.bind(ts.sys)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const loose = { rootDir: '/', noUnusedLocals: false, noUnusedParameters: false };
  const program = ts.createProgram(files, { ...options, ...loose });
  return files
    .flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)))
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
}
