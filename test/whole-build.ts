// The package built as `npm publish` builds it, in dist/. That takes a compilation of all sources,
// so the test files that need it share one.
import { join } from 'node:path';
import { ROOT, build } from '../scripts/package/pack.ts';
import { onceInRun } from './once.ts';

/** @returns the folder that is built */
export function wholeBuild(): Promise<string> {
  return onceInRun('build', () => {
    build();
    return join(ROOT, 'dist');
  });
}
