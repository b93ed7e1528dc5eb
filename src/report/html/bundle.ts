// Script and style of a page, each as one text. An installed package brings them along, built; from the sources they are made on the spot.
import { fileURLToPath } from 'node:url';
import { readTextIfThere } from '../../data/read-text.ts';

/** The pages there are: client/<page>.tsx each. */
export const PAGES = ['report', 'index'] as const;
export type Page = (typeof PAGES)[number];

export interface Assets {
  readonly script: string;
  readonly style: string;
}

export async function assetsOf(page: Page): Promise<Assets> {
  const script = readTextIfThere(builtFile(`${page}.js`));
  const style = readTextIfThere(builtFile('style.css'));
  return script === null || style === null ? bundle(page) : { script, style };
}

function builtFile(name: string): string {
  return fileURLToPath(new URL(`built/${name}`, import.meta.url));
}

/** Needs the sources and esbuild, as a checkout has them. */
export async function bundle(page: Page): Promise<Assets> {
  const { build } = await import('esbuild');
  const client = fileURLToPath(new URL('client/', import.meta.url));
  const make = async (entry: string): Promise<string> => {
    const { outputFiles } = await build({
      entryPoints: [`${client}${entry}`],
      ...{ bundle: true, minify: true, write: false, format: 'iife', target: 'es2022', charset: 'utf8' },
      ...{ legalComments: 'eof', logLevel: 'silent', tsconfig: `${client}tsconfig.json` },
    });
    return outputFiles[0].text;
  };
  const [script, style] = await Promise.all([make(`${page}.tsx`), make('style.css')]);
  return { script, style };
}
