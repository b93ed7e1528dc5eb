// --candidate and --candidate-command: somebody else's implementation in the place of an engine of ours.
import type { Alternative } from '../check/conventions.ts';
import { openCommand } from '../engines/external/command.ts';
import { conventionsOf } from '../engines/external/conventions.ts';
import type { Conventions } from '../engines/external/conventions.ts';
import { createExternalEngine } from '../engines/external/external.ts';
import { openModule } from '../engines/external/module.ts';
import { otherWays } from '../engines/external/other-ways.ts';
import { DEFAULT_TIME_LIMIT } from '../engines/external/limits.ts';
import type { CandidateOptions } from '../engines/external/limits.ts';
import type { CandidatePort } from '../engines/external/request.ts';
import type { EngineFactory } from '../engines/engine.ts';
import { UsageError } from '../errors.ts';
import { safeLines, safeText } from '../text.ts';
import { requireFile } from '../data/read-text.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { Precision } from '../numeric/single-precision.ts';
import type { OptimizerSpec } from '../optimizers/optimizer.ts';
import type { Io } from './io.ts';
import type { Options } from './options.ts';

/** A candidate that answered who it is. */
export interface CandidateSource {
  readonly label: string;
  readonly conventions: Conventions;
  readonly factory: (network: NetworkSpec, optimizer: OptimizerSpec) => EngineFactory;
  readonly alternatives: (network: NetworkSpec, optimizer: OptimizerSpec) => Alternative[];
}

/** What goes only with engines of ours. */
const OURS = ['engine', 'dtype', 'fault'] as const;

/** Seconds for one answer where conventions are tried. */
const TRIAL = 5;

/** null where none is asked for. @throws UsageError, DataError or CandidateError */
export async function candidateOf(options: Options, io: Io): Promise<CandidateSource | null> {
  const { candidate: path, 'candidate-command': command, 'time-limit': seconds } = options;
  if (path === undefined && command === undefined) {
    if (seconds !== undefined) throw new UsageError('--time-limit goes with --candidate or --candidate-command');
    return null;
  }
  if (path !== undefined && command !== undefined)
    throw new UsageError('--candidate and --candidate-command: one of them expected');
  const alien = OURS.find((name) => options[name] !== undefined);
  if (alien !== undefined)
    throw new UsageError(`--${alien} does not go with a candidate: it is for engines of backproof`);
  const limits: CandidateOptions = {
    ...(seconds !== undefined && { timeLimit: seconds }),
    log: asQuoted((text) => io.err(text)),
    signal: io.signal,
  };
  if (path !== undefined) requireFile(path, '--candidate');
  const open = (own: CandidateOptions = limits): Promise<CandidatePort> =>
    path === undefined ? openCommand(command as string, own) : openModule(path, own);
  const port = await open();
  const { name: given, conventions: declared } = port.description;
  const name = safeText(given);
  await port.close();
  const conventions = conventionsOf(declared, `${name}: conventions`);
  const precision = new Precision(); // of all engines that ask it
  return {
    label: name,
    conventions,
    factory: (network, optimizer) => async () =>
      createExternalEngine(await open(), network, optimizer, conventions, precision),
    alternatives: (network, optimizer) =>
      otherWays(conventions, network, optimizer, () =>
        open({ timeLimit: Math.min(seconds ?? DEFAULT_TIME_LIMIT, TRIAL), signal: io.signal }),
      ),
  };
}

/** What a candidate prints, each line with a mark before it: none of them is a line of backproof's. */
function asQuoted(write: (text: string) => void): (text: string) => void {
  let mark = MARK;
  return (text) => {
    const lines = safeLines(text);
    write(`${mark}${lines.replace(/\n(?!$)/g, `\n${MARK}`)}`);
    mark = lines.endsWith('\n') ? MARK : '';
  };
}
const MARK = '| ';
