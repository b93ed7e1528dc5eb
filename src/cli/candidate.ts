// --candidate and --candidate-command: a user's implementation takes the place of an engine of
// backproof.
import type { ConventionVariant } from '../candidates/engine.ts';
import { openCommand } from '../candidates/process/command.ts';
import { conventionsOf } from '../candidates/conventions/declared.ts';
import type { Conventions } from '../candidates/conventions/conventions.ts';
import { createExternalEngine } from '../candidates/external.ts';
import { lasting } from '../candidates/process/lasting.ts';
import { openModule } from '../candidates/process/module.ts';
import { variantEngines } from '../candidates/conventions/variant-engines.ts';
import type { CandidateOptions } from '../candidates/limits.ts';
import type { CandidatePort, RequestName } from '../candidates/request.ts';
import type { EngineFactory } from '../engines/engine.ts';
import { UsageError } from '../errors.ts';
import { safeLines, safeText } from '../text.ts';
import { requireFile } from '../data/files/read-text.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { Precision } from '../numeric/single-precision.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import type { Io } from '../program/io.ts';
import type { Options } from './options.ts';

/** A candidate that has started and described itself. */
export interface CandidateSource {
  readonly label: string;
  readonly conventions: Conventions;
  /** What it can be asked. */
  readonly can: readonly RequestName[];
  /** @param precision found from its answers; default: one for all engines */
  readonly factory: (network: NetworkSpec, optimizer: OptimizerSpec, precision?: Precision) => EngineFactory;
  readonly variants: (network: NetworkSpec, optimizer: OptimizerSpec) => ConventionVariant[];
  /** Ends its process. */
  readonly close: () => Promise<void>;
}

/** Options of backproof's own engines. */
const OWN = ['engine', 'dtype', 'fault'] as const;

const LIMITS = ['time-limit', 'memory-limit'] as const;

/** Seconds for one result while conventions are tried. */
const TRIAL = 5;

/**
 * @param open starts its process in another way
 * @returns null where no candidate is given
 * @throws UsageError, DataError or CandidateError
 */
export async function candidateOf(
  options: Options,
  io: Io,
  open?: () => Promise<CandidatePort>,
): Promise<CandidateSource | null> {
  const { candidate: path, 'candidate-command': command } = options;
  if (path === undefined && command === undefined) {
    const alone = LIMITS.find((name) => options[name] !== undefined);
    if (alone !== undefined) throw new UsageError(`--${alone} needs --candidate or --candidate-command`);
    return null;
  }
  if (path !== undefined && command !== undefined)
    throw new UsageError('--candidate and --candidate-command: give one of them');
  const alien = OWN.find((name) => options[name] !== undefined);
  if (alien !== undefined)
    throw new UsageError(`--${alien} does not go with a candidate: it is for backproof's own engines`);
  const limits = limitsOf(options, io);
  if (path !== undefined) requireFile(path, '--candidate');
  const { port, close } = lasting(
    open ?? (() => (path === undefined ? openCommand(command as string, limits) : openModule(path, limits))),
  );
  const { name: given, conventions: declared, can } = (await port()).description;
  const name = safeText(given);
  const conventions = conventionsOf(declared, `${name}: conventions`);
  const shared = new Precision(); // by all engines that ask it
  return {
    label: name,
    conventions,
    can,
    factory:
      (network, optimizer, precision = shared) =>
      async () =>
        createExternalEngine(await port(), network, optimizer, conventions, precision),
    variants: (network, optimizer) => variantEngines(conventions, network, optimizer, () => port(TRIAL), can),
    close,
  };
}

/** The limits that the options set; what it prints goes to `io`, whose signal ends it. */
export function limitsOf(options: Options, io: Io): CandidateOptions {
  const { 'time-limit': seconds, 'memory-limit': memory } = options;
  return {
    ...(seconds !== undefined && { timeLimit: seconds }),
    ...(memory !== undefined && { memoryLimit: memory }),
    log: (text: string) => io.err(marked(text)),
    signal: io.signal,
  };
}

/** What a candidate prints, marked so that nobody takes it for backproof's output. */
function marked(lines: string): string {
  return safeLines(lines).replace(/^(?=[^])/gm, '[candidate] ');
}
