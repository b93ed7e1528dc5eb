// Candidates that a test opens run in processes of the program as it is built (built.ts): from the sources each would translate itself anew.
import { join } from 'node:path';
import { inject, vi } from 'vitest';

vi.mock('../src/candidates/process/run-file.ts', async () => {
  return (await import(join(inject('built'), 'dist/candidates/process/run-file.js'))) as object;
});
