// Bundles sources of src and test into one file for a browser, with every package included.
import { build } from 'esbuild';
import type { BuildResult, Metafile, Plugin } from 'esbuild';
import { ROOT } from '../scripts/package/pack.ts';

export interface Bundle {
  readonly text: string;
  readonly warnings: readonly unknown[];
  readonly metafile: Metafile;
}

/** @param contents TypeScript, as if it were a file at the root of the repository */
export async function bundle(contents: string, plugins: Plugin[] = []): Promise<Bundle> {
  const stdin = { contents, resolveDir: ROOT, loader: 'ts' } as const;
  const result: BuildResult<{ write: false; metafile: true }> = await build({
    stdin,
    plugins,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    logLevel: 'silent',
    platform: 'browser',
    format: 'esm',
    target: 'es2023',
    charset: 'utf8',
    absWorkingDir: ROOT,
  });
  return { text: result.outputFiles[0].text, warnings: result.warnings, metafile: result.metafile };
}
