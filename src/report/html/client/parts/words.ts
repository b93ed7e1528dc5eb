// Words that several parts of the pages share.
import type { CompareReport } from '../../../report.ts';

export const SIDES = ['candidate', 'reference'] as const;
export type Side = (typeof SIDES)[number];

/** "vector f32 (candidate)": two engines may have the same label. */
export function nameOf(report: CompareReport, side: Side): string {
  return `${report[side].label} (${side})`;
}

/** "2026-11-22 22:47:46 UTC" of an ISO date */
export function dateWords(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
}
