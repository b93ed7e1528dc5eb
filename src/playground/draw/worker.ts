// The worker of drawn digits: has a network, trained before or here, and answers for pictures.
import type { Engine } from '../../engines/engine.ts';
import { evaluate } from '../../check/run/test-set.ts';
import type { PageBackend } from '../../engines/tfjs/in-browser.ts';
import { requireJudgedBy } from '../../engines/tfjs/shaders.ts';
import { DataError } from '../../errors.ts';
import { formatCount } from '../../text.ts';
import { runOf } from '../train/choices.ts';
import type { Run } from '../train/choices.ts';
import { handFactory, openTfjs, tfjsFactory } from '../train/engines.ts';
import { complaintOf, complaintText } from '../work/complaint.ts';
import { fetchDigits } from '../work/digits.ts';
import { workerScope } from '../work/worker-scope.ts';
import type { Ask, Picture, Told } from './protocol.ts';
import { EPOCHS, read, trained } from './reader.ts';
import type { Reading, Trained } from './reader.ts';

const self = workerScope<Ask, Told>();

const tell = (told: Told): void => self.postMessage(told);

let reading: Reading | null = null;
/** What is asked for is done in order. */
let last: Promise<void> = Promise.resolve();

self.onmessage = ({ data: ask }) => {
  const job = ask.kind === 'network' ? () => open(ask) : () => answer(ask.id, ask.picture);
  last = last.then(job).catch((error: unknown) => tell({ kind: 'failed', ...complaintOf(error) }));
};

async function open({ choices, parameters, page }: Extract<Ask, { kind: 'network' }>): Promise<void> {
  reading = null;
  const digits = await fetchDigits(choices.digits, page);
  const run = runOf(choices, digits);
  const { network } = run;
  const own = parameters === null ? await trainHere(choices.digits, run) : null;
  const hand = await handFactory('vector', run)();
  const used = own ?? (await asTrained(hand, run, parameters ?? []));
  reading = { network, parameters: used.parameters, digits, hand, reference: null };
  const sizes = [network.inputs, ...network.layers.map(({ units }) => units)].join('-');
  const words = own === null ? sizes : `${sizes}, trained on ${formatCount(digits.train.count)} digits`;
  tell({ kind: 'network', isOwn: own !== null, words, accuracy: used.accuracy, tested: digits.test.count });
  // TensorFlow.js takes longer to load: the hand-written network answers meanwhile
  void loadReference(choices.backend, run, reading);
}

async function trainHere(set: 'small' | 'all', run: Run): Promise<Trained> {
  const engine = await quickEngine(run);
  try {
    return await trained(engine, run, EPOCHS[set], (share) => tell({ kind: 'training', digits: set, share }));
  } finally {
    await engine.dispose();
  }
}

async function quickEngine(run: Run): Promise<Engine> {
  try {
    return await handFactory('wasm', run)();
  } catch {
    return handFactory('vector', run)(); // slower, and everywhere
  }
}

async function asTrained(hand: Engine, { network, test }: Run, parameters: Trained['parameters']): Promise<Trained> {
  await hand.load(parameters);
  const { accuracy } = await evaluate(network, hand, test);
  return { parameters, accuracy: accuracy ?? 0 };
}

async function loadReference(backend: PageBackend, run: Run, of: Reading): Promise<void> {
  try {
    const tfjs = await openTfjs(backend);
    requireJudgedBy(tfjs.bits ?? 32, run.network);
    const reference = await tfjsFactory(tfjs, run)();
    if (reading !== of) return; // another network was asked for
    reading = { ...of, reference };
    tell({ kind: 'reference', missing: null });
  } catch (error) {
    if (reading === of) tell({ kind: 'reference', missing: complaintText(complaintOf(error)) });
  }
}

async function answer(id: number, picture: Picture): Promise<void> {
  if (reading === null) return;
  try {
    tell({ kind: 'answer', id, ...(await read(reading, picture)) });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    tell({ kind: 'no digit', id, why: error.message });
  }
}
