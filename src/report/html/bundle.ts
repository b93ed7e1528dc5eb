// Script and style of the pages, as texts. An installed package brings them along, built; from the
// sources they are made on the spot.
import { fileURLToPath } from 'node:url';
import { readTextIfThere } from '../../data/files/read-text.ts';

/** The pages there are: client/<page>.tsx each. */
export const PAGES = ['report', 'index'] as const;
export type Page = (typeof PAGES)[number];

export interface Assets {
  readonly scripts: Readonly<Record<Page, string>>;
  readonly style: string;
}

let bundled: Promise<Assets> | undefined; // the same texts for every page of a process

export async function assets(): Promise<Assets> {
  return built() ?? (await (bundled ??= bundle()));
}

/** What `npm run build` put beside this file; null from the sources. */
function built(): Assets | null {
  const read = (name: string): string | null =>
    readTextIfThere(fileURLToPath(new URL(`built/${name}`, import.meta.url)));
  const [report, index, style] = [read('report.js'), read('index.js'), read('style.css')];
  return report === null || index === null || style === null ? null : { scripts: { report, index }, style };
}

/** Needs the sources and esbuild, as a checkout has them. */
export async function bundle(): Promise<Assets> {
  const { build } = await import('esbuild');
  const client = fileURLToPath(new URL('client/', import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [...PAGES.map((page) => `${client}${page}.tsx`), `${client}style.css`],
    ...{ bundle: true, minify: true, write: false, outdir: 'built', format: 'iife', target: 'es2022', charset: 'utf8' },
    ...{ legalComments: 'eof', logLevel: 'silent', tsconfig: `${client}tsconfig.json` },
  });
  const text = (name: string): string => {
    const file = outputFiles.find(({ path }) => path.endsWith(name));
    if (file === undefined) throw new Error(`esbuild made no ${name}`);
    return file.text;
  };
  return { scripts: { report: text('report.js'), index: text('index.js') }, style: text('style.css') };
}
