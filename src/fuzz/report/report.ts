// The report of fuzz, and its words.
import type { Environment, RunTiming } from '../../report/report.ts';
import { formatNumber, formatUsed } from '../../report/words/numbers.ts';
import { formatCount, listed } from '../../text.ts';
import type { Block } from '../../report/blocks/block.ts';
import type { FuzzResult } from '../fuzz.ts';
import type { Refused } from '../learn.ts';
import { TRIED } from '../tally.ts';

/** What `backproof fuzz` writes as JSON. */
export interface FuzzReport extends FuzzResult {
  readonly schemaVersion: 1;
  readonly kind: 'fuzz';
  readonly command: string;
  /** What was fuzzed. */
  readonly label: string;
  /** The file that was replayed; null: seeds. */
  readonly replayed: string | null;
  readonly environment: Environment;
  readonly timing: RunTiming & { readonly milliseconds: number };
}

/** Pieces that are named in one line. */
const NAMED = 12;

/** The blocks of the report, the verdict last. */
export function fuzzBlocks(report: FuzzReport): Block[] {
  const { tally, refused, replayed } = report;
  const covered = TRIED.flatMap((name) => {
    const counts = Object.entries(tally.coverage[name]);
    return counts.length === 0 ? [] : [[name, counts.map(([one, n]) => `${one}: ${formatCount(n)}`).join(', ')]];
  });
  const notes = [...refusedLines(refused), ...refusalLines(report), ...usedLines(report)];
  return [
    ...(replayed === null ? [{ kind: 'note', text: runLine(report) } as const] : []),
    ...(covered.length === 0 ? [] : [{ kind: 'break' } as const]),
    ...(covered.length === 0 ? [] : [{ kind: 'table', head: ['tried', 'networks'], rows: covered } as const]),
    ...(notes.length === 0 ? [] : [{ kind: 'break' } as const]),
    ...notes.map((text): Block => ({ kind: 'note', text })),
    { kind: 'break' },
    { kind: 'verdict', verdict: report.verdict.kind, sentence: sentenceOf(report), lines: linesOf(report) },
  ];
}

function runLine({ label, seed, tally }: FuzzReport): string {
  const { runs, wrong, refused, outOfRange } = tally;
  if (runs === 0) return `${label}: no random network`;
  const seeds = runs === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + runs - 1}`;
  const not = [
    ...(wrong > 0 && runs > 1 ? [`${formatCount(wrong)} wrong`] : []),
    ...(refused > 0 ? [`${formatCount(refused)} refused`] : []),
    ...(outOfRange > 0 ? [`${formatCount(outOfRange)} out of range`] : []),
  ];
  return [`${label}: ${networksText(runs)}, ${seeds}`, ...not].join(', ');
}

function networksText(n: number): string {
  return `${formatCount(n)} random network${n === 1 ? '' : 's'}`;
}

/** Pieces of one sort share a line, with what was said of the first. */
function refusedLines(refused: readonly Refused[]): string[] {
  const sorts = new Map<string, Refused[]>();
  for (const one of refused) {
    const [sort] = / on /.test(one.what) ? ['on'] : one.what.split(' ', 1);
    sorts.set(sort, [...(sorts.get(sort) ?? []), one]);
  }
  return [...sorts.values()].map((all) => {
    const names = all.map(({ what }, n) =>
      n === 0 ? what : what.replace(/^(activation|output|loss|layer|penalty|optimizer|addition) /, ''),
    );
    return `Not computed, so not tried: ${listed(names, NAMED)} (${all[0].said})`;
  });
}

function refusalLines({ tally: { refusals }, replayed }: FuzzReport): string[] {
  return refusals.map(({ said, count, firstSeed }) =>
    replayed === null ? `Refused ${times(count)}, first with seed ${firstSeed}: ${said}` : `Refused: ${said}`,
  );
}

function usedLines({ tally: { used }, replayed }: FuzzReport): string[] {
  if (used === null) return [];
  return [
    `Largest share of the allowed error: ${formatUsed(used.share)}${replayed === null ? ` (seed ${used.seed})` : ''}`,
  ];
}

function times(count: number): string {
  return count === 1 ? 'once' : `${formatCount(count)} times`;
}

/** What words are made of. */
type Told = Pick<FuzzReport, 'verdict' | 'tally' | 'found' | 'refused' | 'replayed' | 'label'>;

/** The verdict in one sentence. */
export function sentenceOf({ verdict, tally, found, refused, replayed, label }: Told): string {
  if (found !== null) return found.headline;
  if (verdict.kind === 'agree')
    return replayed === null ? `${label} is right on ${networksText(tally.right)}` : `${label} is right on ${replayed}`;
  const [first] = refused;
  const [refusal] = tally.refusals;
  const said =
    tally.runs === 0 && (first as Refused | undefined)?.what === 'every network' ? first.said : refusal?.said;
  return `${verdict.reason ?? 'nothing was checked'}${said === undefined ? '' : `: ${said}`}`;
}

/** What is said below the verdict. */
export function linesOf({ found, tally }: Pick<Told, 'found' | 'tally'>): string[] {
  if (found === null) return [];
  const { seed, original, smallest, shrinking } = found;
  return [
    ...found.lines,
    ...(seed === null || !found.alone
      ? [`On ${smallest.text}.`]
      : [
          `Smallest network that fails: ${smallest.text}.`,
          `Made from seed ${seed}: ${original.text}; ${formatNumber(shrinking.tried)} smaller problems were tried.`,
        ]),
    ...tally.failures
      .filter(({ firstSeed }) => seed !== null && firstSeed !== seed) // a replay has one network
      .slice(0, MORE)
      .map(({ sign, count, firstSeed }) => `Also wrong: ${sign}, ${times(count)}, first with seed ${firstSeed}.`),
  ];
}
const MORE = 5;
