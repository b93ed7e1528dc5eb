// The machine and the versions that a program runs on, for reports.
import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import type { Environment } from '../report/report.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
export const VERSION = version;

export function environment(): Environment {
  return {
    backproof: version,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
  };
}
