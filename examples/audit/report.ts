// The audit as a document: one line per library, and the JSON of everything.
import { wordsForNonFinite } from '../../src/report/non-finite.ts';
import { FINDINGS, findingOf } from './findings/registry.ts';
import type { Finding } from './findings/finding.ts';
import type { LibraryResult } from './run.ts';

export interface AuditedLibrary extends LibraryResult {
  /** One line: what is wrong, or "agrees". */
  readonly verdict: string;
  /** The explanations of its verdicts. */
  readonly findings: readonly Finding[];
}

export interface AuditReport {
  readonly schemaVersion: 1;
  readonly kind: 'audit';
  readonly libraries: readonly AuditedLibrary[];
}

export function reportOf(libraries: readonly LibraryResult[]): AuditReport {
  return { schemaVersion: 1, kind: 'audit', libraries: libraries.map(audited) };
}

function audited(library: LibraryResult): AuditedLibrary {
  const findings = FINDINGS.filter(({ packageName }) => packageName === library.packageName);
  return { ...library, verdict: libraryVerdict(library), findings };
}

/** Numbers that JSON cannot write become strings. */
export function auditJson(report: AuditReport): string {
  return `${JSON.stringify(report, wordsForNonFinite, 1)}\n`;
}

/** "wrong: ..." with the titles of its mistakes, then the other kinds of findings; or "agrees". */
export function libraryVerdict({ packageName, rows, optimizers }: LibraryResult): string {
  const found = new Set<Finding>();
  const verdicts = [
    ...rows.map(({ configuration, verdict }) => [configuration, verdict] as const),
    ...optimizers.map(({ id, verdict }) => [id, verdict] as const),
  ];
  for (const [what, verdict] of verdicts) {
    const finding = verdict === 'agrees' ? null : findingOf(packageName, what, verdict);
    if (finding !== null) found.add(finding);
  }
  const titles = (kind: Finding['kind']): string[] =>
    [...found].filter((f) => f.kind === kind).map(({ title }) => title);
  const unexplained = verdicts.filter(([w, v]) => v !== 'agrees' && findingOf(packageName, w, v) === null);
  const parts = [
    ...[['wrong', titles('mistake')] as const, ['differs', titles('differs')] as const],
    ...[['on purpose', titles('on purpose')] as const],
    ...[['arithmetic', titles('arithmetic')] as const],
    ['not explained', unexplained.map(([what, verdict]) => `${what}: ${verdict}`)] as const,
  ].filter(([, all]) => all.length > 0);
  return parts.length === 0 ? 'agrees' : parts.map(([kind, all]) => `${kind}: ${all.join('; ')}`).join('. ');
}
