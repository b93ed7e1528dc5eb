// The pages of earlier runs: one file each in reports/, and a list of them all.
import { join } from 'node:path';
import { changedAt, filesIn, readText, readTextIfThere } from '../../data/files/read-text.ts';
import { DataError } from '../../errors.ts';
import { parseReport } from '../formats/json.ts';
import { numbersForWords } from '../non-finite.ts';
import type { Report } from '../report.ts';
import { withStrings } from '../safe-report.ts';
import { safeText } from '../../text.ts';
import { writeText } from '../../data/files/write.ts';
import { VERSION } from '../version.ts';
import { carriedOf, formatCarried, formatIndex } from './page.ts';
import type { Summary } from './summary.ts';
import { summaryOf } from './summary.ts';
import type { KeptSteps } from './thinned.ts';

/** Below the folder of the latest results. */
export const ARCHIVE = 'reports';

/** The page as one of the formats that a report is written in. */
export const HTML_FILES = {
  folders: () => [ARCHIVE],
  write: async (report: Report, folder: string) => (await writePages(report, folder)).page,
};

export interface WrittenPages {
  /** The page of this report. */
  readonly page: string;
  /** The list of all. */
  readonly index: string;
  readonly reports: readonly Summary[];
}

/**
 * Writes report.html into `folder`, the same once more into its archive, and the list of the
 * archive.
 * @throws OutputError
 */
export async function writePages(report: Report, folder: string): Promise<WrittenPages> {
  const carried = carriedOf(report);
  const html = await formatCarried(carried);
  const page = join(folder, 'report.html');
  const file = fileName(report);
  await writeText(page, html);
  await writeText(join(folder, ARCHIVE, file), html);
  const index = join(folder, ARCHIVE, 'index.html');
  const own = summaryOf(carried.report, file, carried.steps);
  const listed = listedIn(index);
  const reports = archived(join(folder, ARCHIVE), (one, changed) => (one === file ? own : listed(one, changed)));
  await writeText(index, await formatIndex(reports));
  return { page, index, reports };
}

/** "2026-11-22T10-20-30.123Z-agree.html": one run, one file, also if it is written again. */
function fileName({ timing, verdict }: Report): string {
  return `${timing.startedAt.replaceAll(':', '-')}-${verdict.kind}.html`;
}

/**
 * The latest first. Pages of other versions of backproof, and other files, are left out: they stay
 * in the folder.
 */
function archived(folder: string, known: Known): Summary[] {
  const pages = filesIn(folder).filter((file) => /^\d{4}-[\w.-]+\.html$/.test(file));
  return pages
    .sort()
    .reverse()
    .flatMap((file) => {
      const listed = known(file, changedAt(join(folder, file)));
      if (listed !== undefined) return [listed];
      const found = carriedBy(join(folder, file));
      return found === null ? [] : [summaryOf(found.report, file, found.steps)];
    });
}

/** What is known of a page that was last changed then. */
type Known = (file: string, changed: number) => Summary | undefined;

/**
 * The summaries in a list that this version wrote, of pages older than it: reading every page again
 * would take longer with every run.
 */
function listedIn(index: string): Known {
  const written = changedAt(index);
  const summaries = new Map<string, Summary>();
  try {
    const html = readTextIfThere(index) ?? '';
    if (JSON.parse(scriptIn(html, 'by') ?? 'null') === VERSION) {
      const listed = JSON.parse(scriptIn(html, 'reports') ?? '[]', numbersForWords) as Summary[];
      for (const one of withStrings(listed, (text) => safeText(text, Infinity))) summaries.set(one.file, one);
    }
  } catch {
    return () => undefined; // damaged: it is written anew
  }
  return (file, changed) => (changed < written ? summaries.get(file) : undefined);
}

/** The report that a page carries, and the steps whose losses it has; null if it carries none. */
function carriedBy(file: string): { readonly report: Report; readonly steps: KeptSteps } | null {
  try {
    const html = readText(file);
    const json = scriptIn(html, 'report');
    if (json === undefined) return null;
    const steps = JSON.parse(scriptIn(html, 'steps') ?? 'null') as unknown;
    return { report: parseReport(json, file), steps: isSteps(steps) ? steps : null };
  } catch (error) {
    if (error instanceof DataError || error instanceof SyntaxError) return null;
    throw error;
  }
}

function scriptIn(html: string, id: string): string | undefined {
  return new RegExp(`<script type="application/json" id="${id}">(.*?)</script>`, 's').exec(html)?.[1];
}

function isSteps(steps: unknown): steps is readonly number[] {
  return Array.isArray(steps) && steps.every((step) => Number.isSafeInteger(step));
}
