// The report of the self-test as JSON, Markdown, and text for the terminal: the kill table, then
// one line per other part.
import type { Kill } from '../../selftest/kills.ts';
import type { SelftestResult } from '../../selftest/selftest.ts';
import type { SelftestPlan } from '../../selftest/tasks.ts';
import { markdownTable } from './markdown-table.ts';
import { terminalTable } from './terminal-table.ts';
import { codeSpan, markdownText } from './markdown-text.ts';
import { wordsForNonFinite } from '../non-finite.ts';
import type { Environment, RunTiming } from '../report.ts';
import { formatCount, formatNumber, formatPercent } from '../words/numbers.ts';

export interface SelftestReport extends SelftestResult {
  readonly schemaVersion: 1;
  readonly kind: 'selftest';
  readonly command: string;
  readonly verdict: { readonly kind: 'agree' | 'disagree' | 'inconclusive' };
  readonly plan: SelftestPlan;
  /** The tested engine. */
  readonly engine: string;
  /** The engines it is compared with. */
  readonly engines: readonly string[];
  readonly environment: Environment;
  readonly timing: RunTiming & { readonly milliseconds: number };
}

export function formatSelftestJson(report: SelftestReport): string {
  return `${JSON.stringify(report, wordsForNonFinite, 1)}\n`;
}

export function formatSelftestTerminal(report: SelftestReport): string {
  const table = terminalTable(KILL_HEAD, killRows(report));
  return `${[table, '', ...lines(report), '', conclusion(report)].join('\n')}\n`;
}

export function formatSelftestMarkdown(report: SelftestReport): string {
  const { environment: e } = report;
  return [
    `# backproof selftest: ${report.verdict.kind}`,
    '',
    conclusion(report),
    '',
    ...lines(report).flatMap((line) => [`- ${line}`]),
    '',
    ...markdownTable(KILL_HEAD, killRows(report)),
    '',
    `Repeat with ${codeSpan(report.command)}.`,
    `backproof ${e.backproof}, Node ${e.node}, ${e.platform}, ${e.cores} × ${markdownText(e.cpu)}.`,
    '',
  ].join('\n');
}

const KILL_HEAD = ['mistake', 'injected', 'caught', 'named', 'misnamed', 'located'] as const;

/** One row per mistake, then the totals. */
function killRows({ killTable: { kills } }: SelftestReport): string[][] {
  return [...kills, { fault: 'all', ...totals(kills) }].map(killRow);
}

type Counts = Omit<Kill, 'fault'>;

function killRow({
  fault,
  injected,
  caught,
  named,
  namedWrong,
  firstPlaceRight,
}: Counts & { fault: string }): string[] {
  return [fault, ...[injected, caught, named, namedWrong, firstPlaceRight].map(String)];
}

function totals(kills: readonly Kill[]): Counts {
  const sum = (of: keyof Counts): number => kills.reduce((total, kill) => total + kill[of], 0);
  return {
    injected: sum('injected'),
    caught: sum('caught'),
    named: sum('named'),
    namedWrong: sum('namedWrong'),
    firstPlaceRight: sum('firstPlaceRight'),
  };
}

function lines(report: SelftestReport): string[] {
  const { pairs, singleEntries: s, oracles: o, falseAlarms: f, killTable, plan } = report;
  return [
    ...killTable.misses.map((m) => `${m.what.toUpperCase()}: ${m.fault}, ${m.optimizer}, seed ${m.seed}: ${m.said}`),
    `Two mistakes at once: ${pairs.injected} pairs, ${pairs.caught} caught, ${pairs.cancelled} cancel out. ${pairs.together} named together, ${pairs.unnamed} left without a name, ${pairs.sameAsOne} with the same effect as one known mistake.`,
    `One wrong entry, off by ${s.factor} bounds: ${formatCount(s.caught)} of ${formatCount(s.trials)} caught at the right place. Every entry of ${s.everyEntry.networks} small networks in turn: ${formatCount(s.everyEntry.caughtOnce)} of ${formatCount(s.everyEntry.entries)} caught, once each.`,
    `Smallest error caught half of the time: ${formatNumber(s.halfCaughtAt, 2)} times the bound, which is ${formatNumber(s.halfCaughtRelative, 2)} of the entry (median over entries).`,
    `Exact gradients of ${o.networks} random networks: within ${formatNumber(o.slopesApart, 2)} of central differences and ${formatNumber(o.graphApart, 2)} of the scalar graph (relative). Taylor order at least ${formatNumber(o.smallestOrder, 3)}.`,
    `Right random networks on ${report.engine}: ${formatCount(f.networks)} (seeds ${plan.seed} to ${plan.seed + f.networks - 1}), ${f.alarms.length} false alarms. ${formatCount(f.entriesCompared)} of ${formatCount(f.entriesThereAre)} gradient entries compared.`,
    ...f.alarms.map(
      (a) => `FALSE ALARM: ${a.engine}, seed ${a.seed}: ${a.what}, ${formatNumber(a.usedOfBound, 3)} times the bound`,
    ),
    ...f.usage.map(
      (u) =>
        `  against ${u.engine}: ${formatCount(u.networks)} networks, ${formatCount(u.tensors)} gradient tensors. Bound used at the worst entry of a tensor: median ${formatPercent(u.median)}, largest ${formatPercent(u.largest)}.`,
    ),
  ];
}

function conclusion({ verdict, failures, engines, timing }: SelftestReport): string {
  const seconds = `${Math.round(timing.milliseconds / 1000)} s`;
  if (verdict.kind === 'agree')
    return `PROVED  The checks catch and name what they claim to, against ${engines.join(', ')} (${seconds}).`;
  if (verdict.kind === 'inconclusive')
    return `INCONCLUSIVE  Interrupted after ${seconds}; the results so far are shown.`;
  return `FAILED  ${failures.join('. ')} (${seconds}).`;
}
