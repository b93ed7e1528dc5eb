// Formats the times to a verdict for tables, charts and terminal output.
import { count, seconds, short } from '../words.ts';
import type { MeasuredVerdict, VerdictReport, VerdictTaskReport } from './report.ts';

/** 12.3 ms, 4.56 s, 12.3 min, 4.56 h, 7.89 days. */
export function duration(s: number): string {
  if (s < 600) return seconds(s);
  if (s < 2 * 3600) return `${short(s / 60)} min`;
  return s < 48 * 3600 ? `${short(s / 3600)} h` : `${short(s / 86_400)} days`;
}

/** Whether only a sample of the parameters was checked. */
export function isSample({ checked, of }: MeasuredVerdict): boolean {
  return checked !== null && of !== null && checked < of;
}

export function timeWords(r: MeasuredVerdict): string {
  return `${isSample(r) ? '≈ ' : ''}${duration(r.seconds.median)}`;
}

export function timesWords({ timesThis: t }: MeasuredVerdict): string {
  return t === null ? '-' : `${short(t.median)} ×`;
}

export function spreadWords({ seconds: { min, max }, rounds }: MeasuredVerdict): string {
  return rounds.length === 1 ? 'one run' : `${duration(min)} to ${duration(max)}`;
}

/** What it found, and what part of it was measured. */
export function verdictWords(r: MeasuredVerdict): string {
  const found = r.verdict === 'agree' ? 'agrees' : 'DISAGREES, a false alarm';
  if (r.networksPerSecond !== null) return `${found}, ${short(r.networksPerSecond.median)} networks/s`;
  if (!isSample(r)) return found;
  const some = `${count(r.checked ?? NaN)} of ${count(r.of ?? NaN)} parameters`;
  return `${found}; ${seconds(r.spentSeconds.median)} for ${some}, extrapolated`;
}

/** 0 where no process said how much it used. */
export function memoryWords({ peakMiB }: MeasuredVerdict): string {
  return peakMiB === 0 ? '-' : `${count(peakMiB)} MiB`;
}

/** "gradcheck-xor: backproof gradcheck --dataset xor, 82 parameters". */
export function describeVerdictTask({ name, command, parameters }: VerdictTaskReport): string {
  return `${name}: \`${command}\`${parameters === null ? '' : `, ${count(parameters)} parameters`}`;
}

export function machineWords(report: VerdictReport): string {
  const { date, environment: e, commit, against, settings } = report;
  const versions = Object.entries(e.versions).map(([name, version]) => `${name} ${version}`);
  const changed = commit?.changed === true ? ' with changes' : '';
  const commits = [
    ...(commit === null ? [] : [`commit ${commit.hash} of ${commit.date}${changed}`]),
    ...(against === null ? [] : [`against ${against.hash} of ${against.date}`]),
  ];
  const machine = [`${e.cores} × ${e.cpu}`, e.platform, `load ${e.load.toFixed(1)} before the run`, `Node ${e.node}`];
  const { rounds, enoughSeconds } = settings.standard;
  const runs = `medians of up to ${rounds} runs in turn, fewer after ${enoughSeconds} s`;
  return `${[date, ...commits, ...machine, ...versions, runs].join(', ')}.`;
}
