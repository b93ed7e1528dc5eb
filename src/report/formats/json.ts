// Writes a report as the JSON document of `--json`, and reads it back.
import { overall } from '../../check/verdict.ts';
import type { Verdict } from '../../check/verdict.ts';
import { DataError } from '../../errors.ts';
import { safeText } from '../../text.ts';
import { numbersForWords, wordsForNonFinite } from '../non-finite.ts';
import type { Report } from '../report.ts';
import { SCHEMA_VERSION } from '../report.ts';
import { safeReport } from '../safe-report.ts';
import { reportSchema } from '../schema/report.ts';

/**
 * The JSON of a report, checked against the schema, with a newline at the end. NaN and infinities
 * become words.
 */
export function formatJson(report: Report): string {
  const document = reportSchema.parse(JSON.parse(JSON.stringify(safeReport(report), wordsForNonFinite)));
  return `${JSON.stringify(document, null, 1)}\n`;
}

const AGAIN = 'npm run compare makes a new one';

/**
 * Reads the report of a `compare` or a `gradcheck`.
 * @throws DataError on anything else: broken JSON, another kind of report, another schema version
 */
export function parseReport(text: string, file: string): Report {
  const document = parsed(text, file);
  const { kind, schemaVersion } = (document ?? {}) as Record<string, unknown>;
  if (kind !== 'compare' && kind !== 'gradcheck') {
    const found = typeof kind === 'string' ? `a report of ${kind}` : 'something else';
    throw new DataError(`${file}: expected a report of compare or gradcheck, got ${found}`, AGAIN);
  }
  if (schemaVersion !== SCHEMA_VERSION) {
    const found = `expected schemaVersion ${SCHEMA_VERSION}, got ${JSON.stringify(schemaVersion) ?? 'none'}`;
    throw new DataError(`${file}: ${found}: another version of backproof wrote it`, AGAIN);
  }
  const { data, error } = reportSchema.safeParse(document);
  if (error !== undefined) {
    const [{ path, message }] = error.issues;
    const where = path.length === 0 ? '' : ` at ${path.join('.')}`;
    const more = error.issues.length > 1 ? `, and ${error.issues.length - 1} more` : '';
    throw new DataError(
      `${file}: not a report of this version of backproof: ${message}${where}${more}`,
      `it is older or damaged; ${AGAIN}`,
    );
  }
  const report = JSON.parse(JSON.stringify(data), numbersForWords) as Report; // with the defaults of the schema
  const { kind: follows } = overall(partsOf(report));
  if (report.verdict.kind === follows) return safeReport(report);
  throw new DataError(
    `${file}: the verdict is ${report.verdict.kind}, but its parts give ${follows}`,
    `it is damaged; ${AGAIN}`,
  );
}

/** The verdicts that the report's own follows from. */
function partsOf(report: Report): Verdict[] {
  if (report.kind === 'compare') return [report.gradientCheck, report.lockstep, report.freeRun].map((p) => p.verdict);
  const parts = [report.gradientCheck, report.updateCheck, ...report.cases];
  return parts.flatMap((part) => (part === null ? [] : [part.verdict]));
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = safeText(error instanceof Error ? error.message : String(error));
    throw new DataError(`${file}: not JSON (${why})`, `it is cut short or broken; ${AGAIN}`);
  }
}
