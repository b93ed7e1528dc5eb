// One process a test file: TensorFlow.js keeps global state (the backend in force), and the native library is large. Two at once, also on two cores: many
// tests wait for programs.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/**/*.test.ts'], pool: 'forks', maxWorkers: 2, testTimeout: 60_000, hookTimeout: 60_000 },
});
