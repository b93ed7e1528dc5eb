// The training in its worker: takes what the page asks for, trains in portions between which it
// listens, and tells what came of them.
import type { Dataset } from '../../data/dataset.ts';
import { complaintOf } from '../work/complaint.ts';
import type { DigitSet } from '../work/digit-sets.ts';
import { fetchDigits } from '../work/digits.ts';
import { workerScope } from '../work/worker-scope.ts';
import { runOf } from './choices.ts';
import type { Choices } from './choices.ts';
import { factoriesOf, openTfjs } from './engines.ts';
import type { Ask, Progress, Rest, Told } from './protocol.ts';
import { Session } from './session.ts';

const self = workerScope<Ask, Told>();

/** How long a portion may take before the page hears of it, in milliseconds. */
const PORTION = 120;

const tell = (told: Told): void => self.postMessage(told);

let digits: { readonly set: DigitSet; readonly data: Dataset } | null = null;
let session: Session | null = null;
let stepsPerEpoch = 1;
/** Steps that are still to take. */
let left = 0;

/** What was asked for is done in order. */
let last: Promise<void> = Promise.resolve();
self.onmessage = ({ data: ask }) => {
  if (ask.kind === 'pause') left = 0;
  else if (ask.kind === 'go') {
    left = ask.steps ?? Infinity;
    last = last.then(go).catch(fail);
  } else {
    left = 0;
    last = last.then(() => begin(ask.choices, ask.page)).catch(fail);
  }
};

function fail(error: unknown): void {
  left = 0;
  tell({ kind: 'failed', ...complaintOf(error) });
}

async function begin(choices: Choices, page: string): Promise<void> {
  await session?.dispose();
  session = null;
  tell({ kind: 'loading', what: 'digits' });
  if (digits?.set !== choices.digits) digits = { set: choices.digits, data: await fetchDigits(choices.digits, page) };
  tell({ kind: 'loading', what: 'engines' });
  const tfjs = await openTfjs(choices.backend);
  const run = runOf(choices, digits.data, tfjs.bits);
  session = await Session.open(run, choices.every, factoriesOf(choices, tfjs, run));
  ({ stepsPerEpoch } = run.batches);
  const { train, test } = digits.data;
  tell({
    kind: 'ready',
    sides: session.sides,
    digits: { train: train.count, test: test.count },
    stepsPerEpoch,
  });
  await rest(session, 'begun');
}

/** Steps until none is left to take. */
async function go(): Promise<void> {
  if (session === null) return;
  let over = await session.isOver();
  while (left > 0 && over === null) {
    await portion(session);
    over = await session.isOver();
    await new Promise((resolve) => setTimeout(resolve, 0)); // lets what the page asks for in
  }
  await rest(session, over ?? 'paused');
}

async function portion(open: Session): Promise<void> {
  const began = performance.now();
  const from = open.next;
  const told = {
    losses: { candidate: [] as number[], reference: [] as number[] },
    checks: [] as Progress['checks'][number][],
  };
  const milliseconds = { candidate: 0, reference: 0 };
  let accuracy: Progress['accuracy'] = null;
  do {
    const stepped = await open.step();
    left--;
    for (const side of ['candidate', 'reference'] as const) {
      told.losses[side].push(stepped.losses[side]);
      milliseconds[side] += stepped.milliseconds[side];
    }
    if (stepped.check !== null) told.checks.push(stepped.check);
    if (open.next % stepsPerEpoch === 0) accuracy = await open.accuracy();
  } while (left > 0 && performance.now() - began < PORTION && (await open.isOver()) === null);
  tell({ kind: 'progress', from, ...told, milliseconds, accuracy, parameters: await open.parameters() });
}

async function rest(open: Session, why: Rest): Promise<void> {
  tell({ kind: 'resting', why, accuracy: await open.accuracy(), parameters: await open.parameters() });
}
