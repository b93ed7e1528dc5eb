// The package built as `npm publish` builds it, in dist/. That takes a compilation of all sources,
// so the test files that need it share one: the first to ask builds, and others wait.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { ROOT, build } from '../scripts/package/pack.ts';

/** @returns the folder that is built */
export async function wholeBuild(): Promise<string> {
  const folder = join(inject('built'), 'whole'); // one per run of the tests
  const [done, failed] = [join(folder, 'done'), join(folder, 'failed')];
  if (isFirst(folder)) {
    try {
      build();
      writeFileSync(done, '');
    } catch (error) {
      writeFileSync(failed, '');
      throw error;
    }
  }
  while (!existsSync(done)) {
    if (existsSync(failed)) throw new Error('the build failed, as another test file says');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return join(ROOT, 'dist');
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
