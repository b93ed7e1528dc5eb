// The worker that somebody's code runs in: it is loaded, checked, and ended by the page if it takes
// too long. Messages go through a channel of their own, which that code cannot reach.
import { DEFAULT_CONVENTIONS } from '../../candidates/conventions/conventions.ts';
import type { Conventions } from '../../candidates/conventions/conventions.ts';
import { variantEngines, withBiasesOf } from '../../candidates/conventions/variant-engines.ts';
import { createExternalEngine } from '../../candidates/external.ts';
import { localPort } from '../../candidates/process/local.ts';
import { checkExports } from '../../cli/function/exports.ts';
import { DEFAULTS } from '../../cli/arguments/defaults.ts';
import { BackproofError, UsageError } from '../../errors.ts';
import type { Setting } from '../../faults/fault.ts';
import { Precision } from '../../numeric/single-precision.ts';
import { checkNetwork, knownOf } from '../work/network-check.ts';
import type { Checked } from '../work/network-check.ts';
import { problemOf } from '../work/problem.ts';
import type { Problem } from '../work/problem.ts';
import { NotCode } from './compile.ts';
import { LoadFailed, load, thrownText } from './load.ts';
import type { Loaded } from './load.ts';
import type { FromWorker, Job, Outcome, Repair, ToWorker } from './messages.ts';
import { WARM_UPS } from './warm-up.ts';

addEventListener('message', ({ data }: MessageEvent<MessagePort>) => listen(data), { once: true });

function listen(port: MessagePort): void {
  const say = port.postMessage.bind(port) as (message: FromWorker) => void;
  let isAsked = false;
  const answer = async (message: ToWorker): Promise<void> => {
    if ('id' in message) {
      isAsked = true;
      const { id } = message;
      const outcome = await outcomeOf(message);
      say({ id, outcome });
      if (isToSeek(message, outcome)) say({ id, repair: await repairOf(message) });
      return;
    }
    // The first check of a problem takes longest: what is known of the problem is found out, and
    // functions are compiled while they run. Nobody waits for these.
    for (const code of WARM_UPS) {
      await outcomeOf({ id: 0, name: 'warm-up', code, chosen: message.warmUp, caseText: '' });
      await new Promise((resolve) => setTimeout(resolve)); // lets a job in
      if (isAsked) return;
    }
  };
  port.onmessage = ({ data }: MessageEvent<ToWorker>) => void answer(data);
}

/** Wrong gradients of a network that was chosen. */
function isToSeek({ caseText }: Job, outcome: Outcome): boolean {
  if (caseText !== '' || outcome.kind !== 'network') return false;
  return outcome.report.gradientCheck?.verdict.kind === 'disagree';
}

async function repairOf(job: Job): Promise<Repair | null> {
  const { seekRepair } = await import('./seek.ts');
  const asked = async (code: string): Promise<Asked> => networkIn((await load(code)).module, job);
  const { problem } = await asked(job.code);
  const { exactAnswer } = knownOf(problem);
  if (exactAnswer === undefined) return null;
  return seekRepair(job.code, problem, exactAnswer, {
    open: async (code) => {
      const { problem: own, checked: one } = await asked(code);
      return one(own).open();
    },
    agrees: async (code) => {
      const outcome = await outcomeOf({ ...job, code });
      return outcome.kind === 'network' && ['agree', 'identical'].includes(outcome.report.verdict.kind);
    },
  });
}

async function outcomeOf(job: Job): Promise<Outcome> {
  let loaded: Loaded;
  try {
    loaded = await load(job.code);
  } catch (error) {
    if (error instanceof NotCode) return failed(`Syntax error: ${error.message}`, null, error.at);
    if (error instanceof LoadFailed) return failed(error.message, error.hint, error.at);
    throw error;
  }
  try {
    return await checked(job, loaded.module);
  } catch (error) {
    if (!(error instanceof BackproofError)) return failed(thrownText(error), BUG, loaded.placeOf(error));
    return failed(error.message, error.hint ?? null, loaded.placeOf(error));
  }
}

const BUG = 'this is a bug in backproof';

function failed(said: string, hint: string | null, at: Extract<Outcome, { kind: 'failed' }>['at']): Outcome {
  return { kind: 'failed', said, hint, at };
}

/** What a function's twin is told where there is no TensorFlow.js. */
const noTwin = (): never => {
  throw new UsageError(
    'a twin in TensorFlow.js is not run in the playground',
    'take it out, or use backproof check on your machine',
  );
};

async function checked(job: Job, module: Loaded['module']): Promise<Outcome> {
  const { name } = job;
  if (!isNetwork(module)) {
    const check = await checkExports(module, { name, seed: DEFAULTS.seed }, noTwin);
    return { kind: 'function', name, check };
  }
  const { problem, checked: asked } = await networkIn(module, job);
  if (job.caseText === '') {
    return { kind: 'network', report: await checkNetwork(problem, asked(problem), knownOf(problem)) };
  }
  const { checkCaseText } = await import('../work/case-check.ts');
  return { kind: 'network', report: await checkCaseText(job.caseText, problem.optimizer, asked) };
}

/** A network that somebody wrote, and what it is asked. */
interface Asked {
  readonly problem: Problem;
  readonly checked: (setting: Pick<Setting, 'network' | 'optimizer'>) => Checked;
}

async function networkIn(module: Loaded['module'], { name, chosen }: Job): Promise<Asked> {
  const port = localPort(module, name);
  const { conventions: declared, can } = port.description;
  const conventions = await conventionsOf(declared, name);
  const precision = new Precision(); // shared by all engines that ask it
  const asked = ({ network, optimizer }: Pick<Setting, 'network' | 'optimizer'>): Checked => ({
    open: async () => createExternalEngine(port, network, optimizer, conventions, precision),
    variants: variantEngines(conventions, network, optimizer, () => Promise.resolve(port), can),
  });
  const problem = problemOf(chosen, (network) => withBiasesOf(network, conventions));
  return { problem, checked: asked };
}

/** Declared conventions are read by what few files need. */
async function conventionsOf(declared: unknown, name: string): Promise<Conventions> {
  if (declared === undefined || declared === null) return DEFAULT_CONVENTIONS;
  const read = await import('../../candidates/conventions/declared.ts');
  return read.conventionsOf(declared, `${name}: conventions`);
}

/** What `gradcheck --candidate` takes; all else is for `check`. */
function isNetwork(module: Loaded['module']): boolean {
  const own = module['default'];
  const inner = typeof own === 'object' && own !== null ? (own as Record<string, unknown>) : {};
  return [own, module['trainStep'], inner['default'], inner['trainStep']].some((f) => typeof f === 'function');
}
