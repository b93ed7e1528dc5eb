// The gradient check of `backproof gradcheck --reference vector`, in a worker: the same questions
// to the same engines, and the same report.
import { boundedGradients } from '../../bounds/gradients.ts';
import type { BoundedGradients } from '../../bounds/gradients.ts';
import type { ConventionVariant } from '../../candidates/engine.ts';
import type { FaultInjector } from '../../check/diagnosis/diagnose.ts';
import { engineInfo } from '../../check/engine-info.ts';
import type { EngineInfo } from '../../check/engine-info.ts';
import { gradientCheck } from '../../check/gradient-check.ts';
import type { Kept } from '../../check/gradient-check.ts';
import { inTurn, mapPair } from '../../check/pair.ts';
import type { Pair, Side } from '../../check/pair.ts';
import { updateCheck } from '../../check/update-check.ts';
import { overall } from '../../check/verdict.ts';
import { withEngines } from '../../check/with-engines.ts';
import { createAutogradEngine } from '../../engines/autograd/autograd.ts';
import type { Engine, EngineFactory } from '../../engines/engine.ts';
import { createVectorEngine } from '../../engines/vector/vector.ts';
import type { VectorOptions } from '../../engines/vector/vector.ts';
import { withoutBiases } from '../../engines/without-biases.ts';
import type { Setting } from '../../faults/fault.ts';
import { countMultiplications } from '../../network/spec.ts';
import type { GradcheckReport } from '../../report/report.ts';
import type { Problem } from './problem.ts';

/** Who is checked. */
export interface Checked {
  readonly open: EngineFactory;
  readonly variants?: readonly ConventionVariant[];
}

/** Parameters up to which the scalar graph takes part, as on the command line. */
const GRAPH_UP_TO = 5000;

/** A report without what only a machine with Node has. */
export const HEAD = {
  schemaVersion: 1,
  kind: 'gradcheck',
  command: '',
  environment: { backproof: '', node: '', platform: '', cpu: '', cores: 1 },
  timing: { startedAt: '', peakResidentMiB: 0 },
} as const;

/** What checks of one problem find out about it, whoever is checked. */
export type Known = Kept & { exactAnswer?: BoundedGradients };

const known = new Map<string, Known>();

/** What is known of a problem, from one check in this worker to the next. */
export function knownOf({ settings }: Problem): Known {
  const key = JSON.stringify(settings);
  const found = known.get(key) ?? {};
  known.set(key, found);
  return found;
}

/**
 * @param kept what earlier checks of this very problem found out; what this one finds is added
 * @throws CandidateError if the candidate gives no answer
 */
export async function checkNetwork(problem: Problem, checked: Checked, kept: Known = {}): Promise<GradcheckReport> {
  const { network, optimizer, start, batch, settings } = problem;
  const exactAnswer = (kept.exactAnswer ??= boundedGradients(network, start, batch));
  return withBoth(problem, checked, async (engines, helpers, infos) => {
    const own = { ...helpers, exactAnswer, kept, scatter: true };
    const gradients = await gradientCheck(network, start, batch, engines, own);
    const right = (side: Side): boolean => gradients.firstWrong[side] === null;
    const updated = { network, optimizer, start, kept };
    // else there is nothing to update by
    const numbers =
      gradients.threw === undefined && gradients.parameters.every(({ candidate }) => Number.isFinite(candidate));
    const updates = numbers ? await updateCheck(updated, batch, engines, helpers.injector, right, exactAnswer) : null;
    const verdict = overall([gradients.verdict, ...(updates === null ? [] : [updates.verdict])]);
    return { ...HEAD, ...infos(), settings, gradientCheck: gradients, updateCheck: updates, cases: [], verdict };
  });
}

/** What helps a gradient check, besides the two engines. */
export interface Helping {
  readonly injector: FaultInjector;
  readonly variants?: readonly ConventionVariant[];
  readonly exact: Engine;
  readonly graph?: Engine;
}

type Use = (engines: Pair<Engine>, helpers: Helping, infos: () => Pair<EngineInfo>) => Promise<GradcheckReport>;

/** Opens the engines of a check, and closes them after it. */
export function withBoth(setting: Setting, { open: own, variants }: Checked, use: Use): Promise<GradcheckReport> {
  const { network, optimizer } = setting;
  const vector = (options: VectorOptions): Engine =>
    withoutBiases(network, createVectorEngine(network, optimizer, options));
  return withEngines(async (open) => {
    const reference: EngineFactory = async () => vector({ dtype: 'f32' });
    const engines = await inTurn<EngineFactory, Engine>({ candidate: own, reference }, open);
    const isSmall = countMultiplications(network) <= GRAPH_UP_TO;
    const helpers: Helping = {
      injector: { setting, inject: async (injection) => vector({ dtype: 'f64', injection }) },
      ...(variants !== undefined && { variants }),
      exact: await open(async () => vector({ dtype: 'f64' })),
      ...(isSmall && {
        graph: await open(async () => withoutBiases(network, createAutogradEngine(network, optimizer))),
      }),
    };
    return use(engines, helpers, () => mapPair(engines, engineInfo));
  });
}
