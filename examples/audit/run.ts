// Audits one library in all its configurations, and makes the rows of the table.
import { declaredOf } from '../../src/candidates/conventions/conventions.ts';
import { conventionsOf } from '../../src/candidates/conventions/declared.ts';
import type { DeclaredConventions } from '../../src/candidates/conventions/conventions.ts';
import type { Candidate, CandidateUpdate } from '../../src/candidates/candidate.ts';
import type { ActivationId, LossId } from '../../src/ops/registry.ts';
import type { OptimizerSpec } from '../../src/ops/optimizers/optimizer.ts';
import { CASE_VERDICTS, classify } from './classify.ts';
import type { CaseResult, CaseVerdict } from './classify.ts';
import type { Audited, Configuration } from './configuration.ts';
import { auditOptimizer } from './optimizers.ts';
import type { OptimizerResult } from './optimizers.ts';
import { problemOf } from './problem.ts';

/** A module in adapters/: a candidate with more functions for the audit. */
export interface Adapter {
  readonly name: string;
  readonly packageName: string;
  readonly conventions: DeclaredConventions;
  /** The candidate with options; `default` is the one without. */
  readonly candidate: (options: Readonly<Record<string, unknown>>) => Candidate;
  readonly train?: (
    problem: object,
    optimizer: OptimizerSpec,
    steps: number,
  ) => readonly CandidateUpdate['parameters'][];
}

/** A verdict of a configuration, with the activations it holds for. */
export interface Row {
  readonly configuration: string;
  readonly what: string;
  readonly loss: LossId;
  /** backproof's names, or the library's if only it has them. */
  readonly activations: readonly string[];
  /** Problems tried per activation: all, or up to the first wrong gradient. */
  readonly cases: number;
  readonly verdict: CaseVerdict;
  /** The problem shown: hidden layers and examples. */
  readonly shown: {
    readonly activation: string;
    readonly hidden: number;
    readonly batchSize: number;
    readonly seed: number;
  };
  readonly result: CaseResult;
}

export interface LibraryResult {
  readonly name: string;
  readonly packageName: string;
  readonly version: string;
  readonly conventions: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
  readonly optimizers: readonly OptimizerResult[];
}

type Worst = Pick<Row, 'shown' | 'result'> & { readonly activation: string; readonly cases: number };

export async function auditLibrary(
  adapter: Adapter,
  version: string,
  { configurations, optimizers }: Pick<Audited, 'configurations' | 'optimizers'>,
): Promise<LibraryResult> {
  const { name, packageName, train } = adapter;
  const conventions = conventionsOf(adapter.conventions, `${name}: conventions`);
  const rows: Row[] = [];
  for (const configuration of configurations) rows.push(...(await auditConfiguration(adapter, configuration)));
  const updates: OptimizerResult[] = [];
  if (train !== undefined) {
    for (const asked of optimizers) updates.push(await auditOptimizer(train, conventions, asked));
  }
  return { name, packageName, version, conventions: declaredOf(conventions), rows, optimizers: updates };
}

export async function auditConfiguration(adapter: Adapter, configuration: Configuration): Promise<Row[]> {
  const worst: Worst[] = [];
  const { activations, squashes } = configuration;
  const each = squashes?.map((squash) => ['linear', squash] as const) ?? activations.map((id) => [id, null] as const);
  for (const [activation, squash] of each) {
    worst.push(await worstOf(adapter, configuration, activation, squash));
  }
  const { id, what, loss } = configuration;
  const groups = new Map<string, Worst[]>();
  for (const one of worst) {
    const key = [one.result.verdict, one.result.computes, ...one.result.diagnosis].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((all) => ({
    configuration: id,
    what,
    loss,
    activations: all.map(({ activation }) => activation),
    cases: all[0].cases,
    verdict: all[0].result.verdict,
    // prefer an activation other than linear, which shows more
    ...pick(all.find(({ activation }) => activation !== 'linear') ?? all[0]),
  }));
}

const pick = ({ shown, result }: Worst): Pick<Row, 'shown' | 'result'> => ({ shown, result });

/**
 * The worst verdict over depths and batch sizes; of equal ones, that of the smallest problem. A
 * wrong gradient is the worst, so it ends the search.
 */
async function worstOf(
  adapter: Adapter,
  { output, loss, hidden, batches, inputsTimes, options = {}, ownFunction = false }: Configuration,
  activation: ActivationId,
  squash: string | null,
): Promise<Worst> {
  const conventions = conventionsOf(adapter.conventions, `${adapter.name}: conventions`);
  const candidate = adapter.candidate(squash === null ? options : { ...options, squash });
  const found: Worst[] = [];
  for (const depth of hidden) {
    for (const batchSize of batches) {
      if (found.at(-1)?.result.verdict === 'wrong gradient') break;
      const shape = { activation, output: output === 'same' ? activation : output, loss, hidden: depth, batchSize };
      const problem = problemOf(inputsTimes === undefined ? shape : { ...shape, inputsTimes });
      const result = await classify(candidate, conventions, problem, squash === null && !ownFunction);
      const shown = { activation: squash ?? activation, hidden: depth, batchSize, seed: problem.seed };
      found.push({ activation: squash ?? activation, cases: found.length + 1, shown, result });
    }
  }
  const rank = ({ result }: Worst): number => CASE_VERDICTS.indexOf(result.verdict);
  return { ...found.reduce((a, b) => (rank(b) > rank(a) ? b : a)), cases: found.length };
}
