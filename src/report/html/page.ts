// Pages as single files: style, script and data inside, nothing fetched from anywhere.
import type { Report } from '../report.ts';
import { wordsForNonFinite } from '../non-finite.ts';
import { htmlAttribute } from '../formats/html-text.ts';
import { safeReport } from '../safe-report.ts';
import { answerOf } from '../answer/answer.ts';
import { VERSION } from '../version.ts';
import { assets } from './bundle.ts';
import type { Page } from './bundle.ts';
import { htmlDocument } from './document.ts';
import type { Summary } from './summary.ts';
import { thinned } from './thinned.ts';

/** What a page carries: the report, safe to show, and the steps whose losses it has. */
export type Carried = ReturnType<typeof carriedOf>;

export function carriedOf(given: Report) {
  return thinned(safeReport(given));
}

/** A report of `compare` or `gradcheck` as one HTML document. */
export async function formatHtml(given: Report): Promise<string> {
  return formatCarried(carriedOf(given));
}

export async function formatCarried({ report, steps }: Carried): Promise<string> {
  const { candidate, reference, verdict } = report;
  const title = `${verdict.kind}: ${candidate.label} against ${reference.label}`;
  return page('report', title, answerOf(report).headline, { report, steps });
}

/** All reports of a folder, the latest first, and the version that lists them, as one HTML page. */
export async function formatIndex(reports: readonly Summary[]): Promise<string> {
  return page('index', 'reports', `${reports.length} reports`, { by: VERSION, reports });
}

async function page(
  name: Page,
  title: string,
  summary: string,
  data: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { scripts, style } = await assets();
  const carried = Object.entries(data).map(
    ([id, value]) => `<script type="application/json" id="${id}">${jsonForHtml(value)}</script>`,
  );
  const body = `<noscript><p>${htmlAttribute(summary)}</p><p>The rest of this page is drawn by its script, which this browser does not run.</p></noscript>
<div id="page"></div>
${carried.join('\n')}
<script>${scripts[name]}</script>`;
  return htmlDocument({ title, policy: POLICY[name], style, body });
}

/**
 * The browser itself refuses whatever is not in the page; the index shows other pages of
 * its folder.
 */
const OWN = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";
const POLICY: Record<Page, string> = { report: OWN, index: `${OWN}; frame-src 'self' file:` };

/** JSON in which no HTML tag can begin. */
function jsonForHtml(value: unknown): string {
  return JSON.stringify(value, wordsForNonFinite).replaceAll('<', '\\u003c');
}
