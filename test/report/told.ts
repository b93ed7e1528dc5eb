// Hand-made results of asking an engine, put into real reports.
import type { Diagnosis, NamedFault } from '../../src/check/diagnosis/diagnose.ts';
import type { Probed, Told } from '../../src/check/probe/told.ts';
import type { CompareReport } from '../../src/report/report.ts';

export const DERIVATIVE: Told = {
  kind: 'operation',
  place: 'dz1',
  text: 'The derivative in use in dz1 is 1 - a1; for tanh it is 1 - a1²',
  used: 'dz1 = (dz2 W2ᵀ) ⊙ (1 - a1)',
  right: 'dz1 = (dz2 W2ᵀ) ⊙ (1 - a1²)',
  fix: 'dz1 = (dz2 W2ᵀ) ⊙ (1 - a1²)',
};
export const SUM: Told = {
  kind: 'operation',
  place: 'db2',
  text: 'db2 is 0; dz2 is right.',
  used: 'db2 = 0',
  right: 'db2 = Σ_b dz2',
  fix: 'sum dz2 over the batch',
};
export const CHANCE: Told = {
  kind: 'chance',
  place: 'a1',
  text: 'a1 is multiplied by a mask that is drawn anew at every call: 0 or 2.',
  used: null,
  right: null,
  fix: 'pass the mask back too, and check without it',
};
export const OTHER_LOSS: Told = {
  kind: 'loss',
  place: 'loss',
  text: 'The loss is binary cross-entropy, and the gradient is its own.',
  used: '-Σ (t log p + (1 - t) log(1 - p)) / B',
  right: 'Σ (p - t)² / (B·K)',
  fix: null,
};

export const probed = (asked: number, ...told: Told[]): Probed => ({ asked, told });

/** The report with another diagnosis of its gradients, and none of its run. */
export function withProbed(report: CompareReport, found: Probed, mistakes: readonly NamedFault[] = []): CompareReport {
  const diagnosis: Diagnosis = { engine: 'candidate', mistakes, probed: found };
  const { gradientCheck, lockstep } = report;
  return {
    ...report,
    gradientCheck: { ...gradientCheck, diagnosis },
    lockstep: { ...lockstep, diagnosis: null },
  };
}
