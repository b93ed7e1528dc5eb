// A report as the one JSON document of `--json`.
import type { Report } from './report.ts';
import { reportSchema } from './schema.ts';

/** Checked against the schema; NaN and infinities, which JSON does not have, become words. Ends with a newline. */
export function formatJson(report: Report): string {
  const text = JSON.stringify(report, (_key, value: unknown) => {
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  });
  const document = reportSchema.parse(JSON.parse(text));
  return `${JSON.stringify(document, null, 1)}\n`;
}
