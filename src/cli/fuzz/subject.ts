// What is fuzzed, from the options: a candidate or an engine of backproof.
import { createHash } from 'node:crypto';
import type { CandidateSource } from '../candidate.ts';
import { withBiasesOf } from '../../candidates/conventions/variant-engines.ts';
import { Precision } from '../../numeric/single-precision.ts';
import { UsageError } from '../../errors.ts';
import { optimizerPage } from '../../ops/optimizers/registry.ts';
import { createEngine } from '../../engines/registry.ts';
import { readText } from '../../data/files/read-text.ts';
import type { Subject } from '../../fuzz/subject.ts';
import { DEFAULTS } from '../arguments/defaults.ts';
import { judged } from '../engines.ts';
import type { Options } from '../options.ts';

/** @param candidate null: an engine of backproof */
export function subjectOf(options: Options, candidate: CandidateSource | null): Subject {
  return candidate === null ? engineSubject(options) : candidateSubject(candidate);
}

function candidateSubject(source: CandidateSource): Subject {
  const { label, conventions, can } = source;
  return {
    label,
    engine: 'external',
    // a precision of its own for each network: what is found must not depend on earlier ones
    open: (network, optimizer) => source.factory(network, optimizer, new Precision())(),
    adapt: (network) => withBiasesOf(network, conventions),
    classes: conventions.targets === 'classes',
    updates: can.includes('applyGradients') || can.includes('trainStep'),
    renew: source.close,
    variants: source.variants,
  };
}

function engineSubject(options: Options): Subject {
  const { engine = DEFAULTS.engine, dtype, threads, backend = DEFAULTS.backend } = options;
  const chosen = {
    ...(dtype !== undefined && { dtype }),
    ...(threads !== undefined && { threads }),
    ...(engine === 'tfjs' && { backend }),
  };
  return {
    label: [engine, engine === 'tfjs' ? backend : (dtype ?? (engine === 'autograd' ? 'f64' : 'f32'))].join(' '),
    engine,
    async open(network, optimizer) {
      if (engine === 'tfjs') refuseKnown(optimizer.id, options);
      return createEngine(engine, network, optimizer, chosen);
    },
    adapt: (network) => judged(network, { ...options, engine, reference: engine }),
    classes: false,
    updates: true,
    variants: () => [],
  };
}

/** Optimizers that are known to be wrong in TensorFlow.js, unless they are asked for by name. */
function refuseKnown(id: string, { only = [] }: Options): void {
  if (optimizerPage(id).wrongInTfjs === undefined || only.includes(id)) return;
  throw new UsageError(`${id} is known to be wrong in TensorFlow.js; --only ${id} tries it all the same`);
}

/** The hash of a candidate's file; of its command line, for a program. */
export function hashOf({ candidate, 'candidate-command': command }: Options): string | undefined {
  const text = candidate === undefined ? command : readText(candidate);
  return text === undefined ? undefined : createHash('sha256').update(text).digest('hex');
}
