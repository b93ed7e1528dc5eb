// The program as JavaScript, as in an installed package. It is built once per test run, so that the
// hundreds of processes do not each translate the sources. Global set-up of Vitest for the projects
// that start processes; test/cli/program.ts runs the program.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { quickBuild } from '../scripts/package/quick-build.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder that holds the program as dist/. */
    readonly built: string;
  }
}

/** Where in it the first test of the playground puts the site, for all of them. */
export const PLAYGROUND = 'playground';

/** The projects of a run share one build, kept where all of them see it. */
const MADE = Symbol.for('backproof: the program that tests run');
const shared = globalThis as { [MADE]?: Promise<string> };

export default async function setUp(project: TestProject): Promise<() => void> {
  const folder = await (shared[MADE] ??= quickBuild());
  project.provide('built', folder);
  project.onTestsRerun(() => rmSync(join(folder, PLAYGROUND), { recursive: true, force: true }));
  return () => {
    delete shared[MADE]; // in watch mode, the sources may change before the next run
    rmSync(folder, { recursive: true, force: true });
  };
}
