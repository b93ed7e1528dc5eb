// When a run took place, how much memory it took, and the command that repeats it.
import type { RunTiming } from '../report/report.ts';
import { safeText } from '../text.ts';
import type { FlagOption, Options, ValueOption } from './options.ts';

export function runTiming(startedAt: Date): RunTiming {
  return {
    startedAt: startedAt.toISOString(),
    peakResidentMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

/** True where the program runs from its sources, by npm's scripts, and not from the package. */
export const FROM_SOURCE = import.meta.url.endsWith('.ts');

/** What starts the program here. */
export function program(): string {
  return FROM_SOURCE ? 'npm run backproof --' : 'npx backproof';
}

/** Options about results, or when to run. The command that repeats a run leaves them out. */
const NOT_THE_RUN: ReadonlySet<string> = new Set<ValueOption | FlagOption>([
  'out',
  'format',
  'json',
  'update-baseline',
  'watch',
  'queue', // it may hold a password, and who does the work does not change the result
  'chunk',
  'workers',
]);

/**
 * The command that repeats a run: the options given, and the seed and backend that were chosen
 * for it.
 * @param given arguments without a name
 */
export function commandLine(
  command: string,
  options: Options | Readonly<Record<string, unknown>>,
  chosen: Readonly<Record<string, unknown>>,
  given: readonly string[] = [],
): string {
  const all = Object.entries({ ...options, ...chosen }).filter(([name, value]) => {
    return value !== undefined && value !== false && !NOT_THE_RUN.has(name);
  });
  const words = all.map(([name, value]) => {
    if (value === true) return `--${name}`;
    return `--${name} ${quoted(name === 'hidden' ? hiddenText(value as number[]) : String(value))}`;
  });
  return [FROM_SOURCE ? `npm run ${command} --` : `npx backproof ${command}`, ...given.map(quoted), ...words].join(' ');
}

function hiddenText(units: readonly number[]): string {
  return units.length === 0 ? 'none' : units.join(',');
}

/** Quoted for a shell; characters that do not print are written as their codes. */
export function quoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (safeText(text, Infinity) === text) return `'${text.replaceAll("'", "'\\''")}'`;
  return `$'${text.replace(/[\\']/g, '\\$&').replace(/[^ -~]/gu, codeOf)}'`;
}

function codeOf(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
