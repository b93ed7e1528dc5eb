// The audit as Markdown: one line per library, a table of all configurations, and the finding
// behind each verdict.
import { OWN } from './candidate-engine.ts';
import type { CaseResult } from './classify.ts';
import { findingOf } from './findings/registry.ts';
import type { OptimizerResult } from './optimizers.ts';
import type { AuditReport, AuditedLibrary } from './report.ts';
import type { LibraryResult, Row } from './run.ts';

export function auditMarkdown({ libraries }: AuditReport): string {
  const rows = libraries.flatMap((library) => [
    ...library.rows.map((row) => rowCells(library, row)),
    ...library.optimizers.map((update) => optimizerCells(library, update)),
  ]);
  const numbers = ['first wrong', 'library', 'slope of its own loss', 'exact'];
  return [
    ...['# Neural network libraries of npm, audited', ''],
    ...table(
      ['library', 'version', 'verdict'],
      libraries.map((l) => [l.name, l.version, l.verdict]),
    ),
    ...['', '## Every configuration', ''],
    ...table(['library', 'configuration', 'activations', 'verdict', ...numbers, 'diagnosis'], rows),
    ...['', '## Findings', ''],
    ...libraries.flatMap(findingLines),
    ...['Repeat: `npm run audit`', ''],
  ].join('\n');
}

function rowCells(library: LibraryResult, row: Row): string[] {
  const { name, packageName } = library;
  const { shown, result } = row;
  const where = `${shown.hidden} hidden, ${shown.batchSize === 1 ? '1 example' : `${shown.batchSize} examples`}`;
  const injector = result.diagnosis.map((text) => text.replace(/:.*/, ''));
  const title = row.verdict === 'agrees' ? undefined : findingOf(packageName, row.configuration, row.verdict)?.title;
  return [
    ...[name, row.what, row.activations.join(', '), verdictWords(row, library)],
    ...(result.first === null ? ['', '', '', ''] : placeCells(result, `${shown.activation}, ${where}`)),
    [...injector, ...(title === undefined ? [] : [title])].join(': '),
  ];
}

function placeCells({ first, own }: CaseResult, where: string): string[] {
  if (first === null) return ['', '', '', ''];
  const slope =
    first.slope !== null
      ? `${number(first.slope)} ± ${Number(first.slopeError).toExponential(0)}`
      : own?.isSlope === true
        ? `gradient = ${number(own.factor)} × slope, to ${own.apart.toExponential(0)}`
        : '';
  return [`${first.parameter}${entry(first.index)} (${where})`, number(first.found), slope, number(first.exact)];
}

function optimizerCells(
  { name, packageName }: LibraryResult,
  { id, verdict, first, diagnosis }: OptimizerResult,
): string[] {
  const title = verdict === 'agrees' ? '' : (findingOf(packageName, id, verdict)?.title ?? '');
  const injector = diagnosis.map((text) => text.replace(/:.*/, ''));
  const place =
    first === null ? ['', '', '', ''] : [`${first.parameter}${entry(first.index)} after step ${first.step}`];
  if (first !== null) place.push(number(first.found), '', number(first.exact));
  return [name, `optimizer ${id}`, '', verdict, ...place, [...injector, ...(title === '' ? [] : [title])].join(': ')];
}

function verdictWords({ loss, result }: Row, { conventions }: LibraryResult): string {
  const { verdict, own, computes } = result;
  if (verdict === 'agrees' && own !== null) return 'the slope of its own loss';
  if (verdict === 'agrees') return `agrees${conventionWords(conventions, loss)}`;
  if (verdict === 'other function') return `computes ${computes}, with the right gradient for it`;
  if (verdict === 'scaled' && own !== null) return `${number(own.factor)} times the slope of ${own.loss}`;
  if (verdict !== 'own loss' || own === null) return verdict;
  return own.loss === OWN ? 'right for its own loss' : `right for its own loss: ${own.loss}`;
}

/** The declared conventions that affect the numbers of this loss: " (gradients: sum)". */
function conventionWords(conventions: LibraryResult['conventions'], loss: Row['loss']): string {
  const bears = ([name]: [string, string]): boolean => name !== 'dtype' && (name !== 'squaredError' || loss === 'mse');
  const words = Object.entries(conventions)
    .filter(bears)
    .map(([name, choice]) => `${name}: ${choice}`);
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

function findingLines({ name, version, findings }: AuditedLibrary): string[] {
  return findings.flatMap(({ title, kind, sentences, source }) => [
    ...[`### ${name} ${version}: ${title}`, '', `(${kind}) ${sentences}`, ''],
    ...source.map(({ file, line, text }) => `- ${file}:${line}: \`${text}\``),
    '',
  ]);
}

const entry = (index: readonly number[]): string => (index.length === 0 ? '' : ` [${index.join(', ')}]`);

function number(x: number | null): string {
  return x === null ? '-' : Number.isFinite(x) ? String(Number(x.toPrecision(8))) : String(x);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
