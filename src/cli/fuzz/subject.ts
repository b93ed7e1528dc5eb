// What is fuzzed, from the options: a candidate or an engine of backproof.
import type { CandidateSource } from '../candidate.ts';
import { Precision } from '../../numeric/single-precision.ts';
import { UsageError } from '../../errors.ts';
import { optimizerPage } from '../../ops/optimizers/registry.ts';
import { createEngine } from '../../engines/registry.ts';
import { fingerprintOfFiles } from '../../data/files/fingerprint.ts';
import { requireFile } from '../../data/files/read-text.ts';
import { candidateSubject } from '../../fuzz/subject.ts';
import type { Subject } from '../../fuzz/subject.ts';
import { DEFAULTS } from '../arguments/defaults.ts';
import { judged } from '../engines.ts';
import type { Options } from '../options.ts';
import { candidateFiles } from '../watch/sources.ts';

/** @param candidate null: an engine of backproof */
export function subjectOf(options: Options, candidate: CandidateSource | null): Subject {
  return candidate === null ? engineSubject(options) : ofSource(candidate);
}

/** A precision of its own for each network: what is found must not depend on earlier ones. */
function ofSource(source: CandidateSource): Subject {
  const { factory, variants, close: renew } = source;
  const open: Subject['open'] = (network, optimizer) => factory(network, optimizer, new Precision())();
  return candidateSubject(source, { open, variants, renew });
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

/**
 * The hash of a candidate's file and of those that it imports, packages apart; of its command line
 * and the files that it names, for a program.
 */
export function hashOf(options: Options): string | undefined {
  const { candidate, 'candidate-command': command } = options;
  if (candidate === undefined && command === undefined) return undefined;
  if (candidate !== undefined) requireFile(candidate, '--candidate');
  return fingerprintOfFiles(candidateFiles(options), command);
}
