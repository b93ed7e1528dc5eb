// The machine and the versions that a program runs on, for reports.
import { availableParallelism, cpus } from 'node:os';
import type { Environment } from '../report/report.ts';
import { VERSION } from '../report/version.ts';

export function environment(): Environment {
  return {
    backproof: VERSION,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
  };
}
