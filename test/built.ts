// The program as JavaScript, made once for a run of tests, so that the hundreds of processes that are started do not each translate the
// sources. Vitest's global set-up of the projects that start processes; test/cli/program.ts runs it.
import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { quickBuild } from '../scripts/package/quick-build.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder that holds it, as dist/. */
    readonly built: string;
  }
}

/** The projects of a run share what is made: it is kept where all of them see it. */
const MADE = Symbol.for('backproof: the program that tests run');
const shared = globalThis as { [MADE]?: Promise<string> };

export default async function setUp(project: TestProject): Promise<() => void> {
  const folder = await (shared[MADE] ??= quickBuild());
  project.provide('built', folder);
  return () => {
    delete shared[MADE]; // watching, the sources may change until the next run
    rmSync(folder, { recursive: true, force: true });
  };
}
