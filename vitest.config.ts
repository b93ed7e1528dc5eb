// Three projects, told apart by the names of the files: *.program.test.ts runs whole programs
// (processes; commands and scripts) or tries everything, *.browser.test.ts opens pages in Chromium,
// every other *.test.ts is a unit test, quick and without either (test/no-processes.ts sees to it).
// Those share what they have loaded (isolate: false). Else one process a test file: TensorFlow.js
// keeps global state (the backend in force), and the native library is large. Two at once, also on
// two cores: many tests wait for programs.
import { defineConfig } from 'vitest/config';

const [ALL, PROGRAM, BROWSER] = ['test/**/*.test.ts', 'test/**/*.program.test.ts', 'test/**/*.browser.test.ts'];
/** The program is built once, before the first of them. */
const PROCESSES = { globalSetup: ['test/built.ts'], setupFiles: ['test/built-hosts.ts'] };

export default defineConfig({
  test: {
    ...{ pool: 'forks', maxWorkers: 2, testTimeout: 60_000, hookTimeout: 60_000 },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          isolate: false,
          include: [ALL],
          exclude: [PROGRAM, BROWSER],
          setupFiles: ['test/no-processes.ts'],
        },
      },
      { extends: true, test: { name: 'program', include: [PROGRAM], ...PROCESSES } },
      { extends: true, test: { name: 'browser', include: [BROWSER], ...PROCESSES } },
    ],
  },
});
