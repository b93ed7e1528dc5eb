// Makes every string of a report safe to show. Renderers accept only a report that went
// through here.
import { SHOWN, safeText } from '../text.ts';
import type { Report } from './report.ts';

declare const isSafe: unique symbol;
/** A report whose strings and keys are each one line of printable characters. */
export type Safe<R extends Report = Report> = R & { readonly [isSafe]: true };

/** Length limits of fields that hold sentences or a command line. */
const LONG: Readonly<Record<string, number>> = {
  description: 1000,
  remedy: 1000,
  note: 1000,
  reason: 1000,
  text: 1000,
  used: 1000,
  right: 1000,
  fix: 1000,
  command: 4000,
};

const BASE64 = /^[\w+/]*={0,2}$/;

export function safeReport<R extends Report>(report: R): Safe<R> {
  return withStrings(report, (text, field) => safeText(text, LONG[field] ?? SHOWN)) as Safe<R>;
}

/** Every string, such as a name that `sizes` gives, as one line of printable characters. */
export function safeCheck<T>(report: T): T {
  return withStrings(report, (text, field) => safeText(text, field === 'command' ? LONG[field] : SHOWN));
}

/**
 * Applies `change` to every string and key of a report, list or record. Pictures and maps are left
 * alone: they are base64, as the schema says.
 */
export function withStrings<T>(value: T, change: (text: string, field: string) => string, field = ''): T {
  if (typeof value === 'string') return field === 'bytes' && BASE64.test(value) ? value : (change(value, field) as T);
  if (Array.isArray(value)) return value.map((part: unknown) => withStrings(part, change, field)) as T;
  if (typeof value !== 'object' || value === null || field === 'pictures') return value;
  const entries = Object.entries(value).map(([key, part]: [string, unknown]) => [
    change(key, 'key'),
    withStrings(part, change, key),
  ]);
  return Object.fromEntries(entries) as T;
}
