// Bundles sources of src and test, with all packages, into one file for a browser.
import { build } from 'esbuild';
import type { BuildResult, Metafile, Plugin } from 'esbuild';
import { ROOT } from '../scripts/package/pack.ts';

export interface Bundle {
  readonly text: string;
  readonly warnings: readonly unknown[];
  readonly metafile: Metafile;
}

/** @param contents TypeScript, with imports relative to the root of the repository */
export async function bundle(contents: string, plugins: Plugin[] = []): Promise<Bundle> {
  const stdin = { contents, resolveDir: ROOT, loader: 'ts' } as const;
  const result: BuildResult<{ write: false; metafile: true }> = await build({
    ...{ stdin, plugins, bundle: true, minify: true, write: false, metafile: true, logLevel: 'silent' },
    ...{ platform: 'browser', format: 'esm', target: 'es2023', charset: 'utf8', absWorkingDir: ROOT },
  });
  return { text: result.outputFiles[0].text, warnings: result.warnings, metafile: result.metafile };
}
