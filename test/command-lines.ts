// Parses command lines as documents show them, `npm run X -- ...` and `npx backproof X ...`, with
// the parsers of their programs. Nothing is run.
import { parseBenchOptions } from '../scripts/bench/options.ts';
import { parseExperimentsOptions } from '../scripts/experiments/options.ts';
import { EXPERIMENTS } from '../scripts/experiments/questions/registry.ts';
import { parseOptions as parseSetUp } from '../scripts/setup-native.ts';
import { run } from '../src/cli/run.ts';

const PROGRAM = 'node scripts/run.mjs';

/** Parsers of scripts that are not part of the program; they throw. */
const OTHERS: Readonly<Record<string, (words: readonly string[]) => unknown>> = {
  bench: parseBenchOptions,
  experiments: (words) => parseExperimentsOptions(words, EXPERIMENTS),
  'setup:native': parseSetUp,
};

/**
 * What is wrong with a command line, in the program's own words; null if it is right, or belongs to
 * another program.
 */
export async function complaintAbout(
  words: readonly string[],
  scripts: Readonly<Record<string, string>>,
): Promise<string | null> {
  const [program, ...rest] = words;
  if (program === 'npx' && rest[0] === 'backproof') return parsed(rest.slice(1));
  if (program !== 'npm' || rest[0] !== 'run') return null;
  const [name, ...more] = rest
    .slice(1)
    .filter((word, i, all) => word !== '--silent' || (all.indexOf('--') < i && all.includes('--')));
  if (name === undefined || !Object.hasOwn(scripts, name)) return `there is no script ${name ?? ''}`;
  if (more.length > 0 && more[0] !== '--') return `npm keeps ${more[0]} to itself: -- is missing`;
  const own = more.slice(1);
  const [first] = scripts[name].split(' && ');
  if (first.startsWith(PROGRAM))
    return parsed([...first.slice(PROGRAM.length).trim().split(' ').filter(Boolean), ...own]);
  try {
    if (Object.hasOwn(OTHERS, name)) await OTHERS[name](own);
    else if (own.length > 0) return `it is not known what ${name} takes`;
    return null;
  } catch (error) {
    return String(error);
  }
}

async function parsed(words: readonly string[]): Promise<string | null> {
  let said = '';
  const { signal } = new AbortController();
  const err = (text: string): void => void (said += text);
  const io = { out: () => {}, err, outIsTty: false, errIsTty: false, signal, now: () => 0, date: () => new Date(0) };
  return (await run(words, io, true)) === 0 ? null : said.trim();
}
