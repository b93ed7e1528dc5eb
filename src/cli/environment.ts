// When a run was, and the command that repeats it.
import type { RunTiming } from '../report/report.ts';
import { safeText } from '../text.ts';
import type { FlagOption, Options, ValueOption } from './options.ts';

export function runTiming(startedAt: Date): RunTiming {
  return {
    startedAt: startedAt.toISOString(),
    peakResidentMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

/** Options that say where results go or what is done with them: they do not belong to the run that is to be repeated. */
const NOT_THE_RUN: ReadonlySet<string> = new Set<ValueOption | FlagOption>([
  'out',
  'format',
  'json',
  'update-baseline',
]);

/** The command that repeats a run: what was given, with the seed and backend that were chosen for it. */
export function commandLine(command: string, options: Options, chosen: Readonly<Record<string, unknown>>): string {
  const fromSource = import.meta.url.endsWith('.ts');
  const all = Object.entries({ ...options, ...chosen }).filter(([name, value]) => {
    return value !== undefined && value !== false && !NOT_THE_RUN.has(name);
  });
  const words = all.map(([name, value]) => {
    if (value === true) return `--${name}`;
    return `--${name} ${quoted(name === 'hidden' ? hiddenText(value as number[]) : String(value))}`;
  });
  return [fromSource ? `npm run ${command} --` : `npx backproof ${command}`, ...words].join(' ');
}

function hiddenText(units: readonly number[]): string {
  return units.length === 0 ? 'none' : units.join(',');
}

/** As a shell reads it back. What does not print stands as its code. */
function quoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (safeText(text, Infinity) === text) return `'${text.replaceAll("'", "'\\''")}'`;
  return `$'${text.replace(/[\\']/g, '\\$&').replace(/[^ -~]/gu, codeOf)}'`;
}

function codeOf(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
