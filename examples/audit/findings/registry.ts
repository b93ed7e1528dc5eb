// All findings. The audit checks every quoted line against the installed version. A verdict without
// a finding fails the tests, and so does a finding without its verdict.
import { BRAIN_FINDINGS } from './brain.ts';
import { SYNAPTIC_FINDINGS } from './synaptic.ts';
import { NEATAPTIC_FINDINGS } from './neataptic.ts';
import { CONVNETJS_FINDINGS } from './convnetjs.ts';
import { TOYGRAD_FINDINGS } from './toygrad.ts';
import { ML_FNN_FINDINGS } from './ml-fnn.ts';
import { JAX_FINDINGS } from './jax-js.ts';
import type { Finding } from './finding.ts';

export const FINDINGS: readonly Finding[] = [
  ...BRAIN_FINDINGS,
  ...SYNAPTIC_FINDINGS,
  ...NEATAPTIC_FINDINGS,
  ...CONVNETJS_FINDINGS,
  ...TOYGRAD_FINDINGS,
  ...ML_FNN_FINDINGS,
  ...JAX_FINDINGS,
];

/** The finding behind a verdict, or null. */
export function findingOf(packageName: string, what: string, verdict: string): Finding | null {
  return FINDINGS.find((f) => f.packageName === packageName && f.of.includes(`${what}: ${verdict}`)) ?? null;
}
