// The pages of earlier runs: one file each in reports/, and a list of them all.
import { join } from 'node:path';
import { filesIn, readText } from '../../data/files/read-text.ts';
import { DataError } from '../../errors.ts';
import { parseReport } from '../formats/json.ts';
import type { CompareReport, Report } from '../report.ts';
import { writeText } from '../../data/files/write.ts';
import { formatHtml, formatIndex } from './page.ts';
import type { Summary } from './summary.ts';
import { summaryOf } from './summary.ts';

/** Below the folder of the latest results. */
export const ARCHIVE = 'reports';

/** A comparison has pages, a gradient check has none. */
export const HTML_FILES = {
  folders: (kind: Report['kind']) => (kind === 'compare' ? [ARCHIVE] : []),
  write: async (report: Report, folder: string) =>
    report.kind === 'compare' ? (await writePages(report, folder)).page : null,
};

export interface WrittenPages {
  /** The page of this report. */
  readonly page: string;
  /** The list of all. */
  readonly index: string;
  readonly reports: readonly Summary[];
}

/** Writes report.html into `folder`, the same once more into its archive, and the list of the archive.
 * @throws OutputError */
export async function writePages(report: CompareReport, folder: string): Promise<WrittenPages> {
  const html = await formatHtml(report);
  const page = join(folder, 'report.html');
  await writeText(page, html);
  await writeText(join(folder, ARCHIVE, fileName(report)), html);
  const reports = archived(join(folder, ARCHIVE));
  const index = join(folder, ARCHIVE, 'index.html');
  await writeText(index, await formatIndex(reports));
  return { page, index, reports };
}

/** "2026-11-22T10-20-30.123Z-agree.html": one run, one file, also if it is written again. */
function fileName({ timing, verdict }: CompareReport): string {
  return `${timing.startedAt.replaceAll(':', '-')}-${verdict.kind}.html`;
}

/** The latest first. A page of another version of backproof, or what else is there, is left out: it still is in the folder. */
function archived(folder: string): Summary[] {
  const pages = filesIn(folder).filter((file) => /^\d{4}-[\w.-]+\.html$/.test(file));
  return pages
    .sort()
    .reverse()
    .flatMap((file) => {
      const report = reportIn(join(folder, file));
      return report === null ? [] : [summaryOf(report, file)];
    });
}

/** The report that a page carries, or null. */
function reportIn(file: string): CompareReport | null {
  try {
    const [, json] = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(readText(file)) ?? [];
    return json === undefined ? null : parseReport(json, file);
  } catch (error) {
    if (error instanceof DataError) return null;
    throw error;
  }
}
