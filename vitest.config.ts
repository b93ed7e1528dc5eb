// Three projects, told apart by the names of the files: *.program.test.ts starts processes, *.browser.test.ts opens pages in Chromium, every other *.test.ts
// is a unit test and does neither (test/no-processes.ts sees to it). One process a test file: TensorFlow.js keeps global state (the backend in force), and the
// native library is large. Two at once, also on two cores: many tests wait for programs.
import { defineConfig } from 'vitest/config';

const [ALL, PROGRAM, BROWSER] = ['test/**/*.test.ts', 'test/**/*.program.test.ts', 'test/**/*.browser.test.ts'];
const [NO_PROCESSES, BUILT] = [['test/no-processes.ts'], ['test/built.ts']];

export default defineConfig({
  test: {
    ...{ pool: 'forks', maxWorkers: 2, testTimeout: 60_000, hookTimeout: 60_000 },
    projects: [
      { extends: true, test: { name: 'unit', include: [ALL], exclude: [PROGRAM, BROWSER], setupFiles: NO_PROCESSES } },
      { extends: true, test: { name: 'program', include: [PROGRAM], globalSetup: BUILT } },
      { extends: true, test: { name: 'browser', include: [BROWSER], globalSetup: BUILT } },
    ],
  },
});
