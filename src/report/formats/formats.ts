// The report formats that are written to files, one per line of the table. The terminal is not
// among them: it is always shown.
import { join } from 'node:path';
import { writeText } from '../../data/files/write.ts';
import type { Report } from '../report.ts';

type Kind = Report['kind'];

/** The files of one format. */
export interface Files {
  /** Subfolders of the reports folder that it writes to as well. */
  readonly folders: (kind: Kind) => readonly string[];
  /**
   * @returns the file to name in messages; null if there is none for such a report
   * @throws OutputError
   */
  readonly write: (report: Report, folder: string) => Promise<string | null>;
}

/** Each format is loaded only if it is chosen; written in this order. */
const FORMATS = {
  json: async () => text('json', (await import('./json.ts')).formatJson),
  markdown: async () => text('md', (await import('./markdown.ts')).formatMarkdown),
  junit: async () => text('junit.xml', (await import('./junit.ts')).formatJunit),
  html: async () => (await import('../html/archive.ts')).HTML_FILES,
} as const satisfies Record<string, () => Promise<Files>>;

export type FormatName = keyof typeof FORMATS;
/** All formats: written unless some are chosen. */
export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/** The chosen formats, in the order of the table. */
export async function filesOf(chosen: readonly FormatName[]): Promise<Files[]> {
  return Promise.all(FORMAT_NAMES.filter((name) => chosen.includes(name)).map((name) => FORMATS[name]()));
}

/** One file, <kind>.<extension>. */
function text(extension: string, format: (report: Report) => string): Files {
  return {
    folders: () => [],
    async write(report, folder) {
      const file = join(folder, `${report.kind}.${extension}`);
      await writeText(file, format(report));
      return file;
    },
  };
}
