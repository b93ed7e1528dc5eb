// Makes candidates that a test opens run in processes of the built program (built.ts): from the
// sources, each process would translate them again.
import { join } from 'node:path';
import { inject, vi } from 'vitest';

vi.mock('../src/candidates/process/run-file.ts', async () => {
  return (await import(join(inject('built'), 'dist/candidates/process/run-file.js'))) as object;
});
