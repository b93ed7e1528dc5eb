// Checks that every line of source quoted by a finding is at its place in the installed version.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../src/errors.ts';
import { FINDINGS } from './findings/registry.ts';
import type { Finding, SourceLine } from './findings/finding.ts';

/** @param modules the folder node_modules */
export function versionOf(modules: string, packageName: string): string {
  const manifest = JSON.parse(readFileSync(join(modules, packageName, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

/** null if the line contains the quoted text, otherwise the line. */
export function misquoted(modules: string, packageName: string, { file, line, text }: SourceLine): string | null {
  const found = readFileSync(join(modules, packageName, file), 'utf8').split('\n')[line - 1] ?? '';
  return found.includes(text) ? null : found.trim();
}

/** @throws DataError naming the first quotation that is missing */
export function checkQuotations(modules: string, findings: readonly Finding[] = FINDINGS): void {
  for (const { packageName, source } of findings) {
    for (const quoted of source) {
      const there = misquoted(modules, packageName, quoted);
      if (there === null) continue;
      const where = `${packageName} ${versionOf(modules, packageName)}, ${quoted.file}:${quoted.line}`;
      throw new DataError(`${where}: "${quoted.text}" expected, "${there}" found`);
    }
  }
}
