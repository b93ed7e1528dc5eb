// The program that the test of backproof/core runs in Node and in a browser: a check that agrees, a
// check of a known mistake, and a training. It returns all numbers.
import {
  INITIALIZERS,
  OPTIMIZERS,
  checkOracle,
  createAutogradEngine,
  createBatches,
  createVectorEngine,
  findingSentence,
  fitScaling,
  gradientCheck,
  initialParameters,
  makeSynthetic,
  injectionOf,
  namedTensors,
  optimizerSpec,
  parseFault,
} from '../src/core.ts';
import type {
  Batches,
  Engine,
  GradientCheck,
  FaultInjection,
  NetworkSpec,
  Parameters,
  VerdictKind,
} from '../src/core.ts';

/** Branches, and the functions of many activations: exp, log, erf, sqrt. */
const NETWORK: NetworkSpec = {
  inputs: 2,
  layers: [
    { units: 6, activation: 'relu' },
    { units: 5, activation: 'gelu' },
    { units: 4, activation: 'tanh' },
    { units: 2, activation: 'softmax' },
  ],
  loss: 'cross-entropy',
};
const ADAM = optimizerSpec('adam', { learningRate: 0.01 });
const FAULT = 'bias-not-summed@2';

/** Verdicts, each against the exact values of the problem it was given. */
export interface Single {
  /** The gradient check at the start. */
  readonly start: VerdictKind;
  /** Gradient checks at the parameters of every tenth step of a training in binary32. */
  readonly trained: readonly VerdictKind[];
  readonly learns: boolean;
}

export interface Answers {
  /** Computed by binary64 engines: the same bits in every runtime. */
  readonly exact: {
    readonly right: GradientCheck;
    readonly wrong: GradientCheck;
    readonly sentences: readonly string[];
    readonly oracle: unknown;
    readonly losses: readonly number[];
    readonly parameters: readonly (readonly number[])[];
    readonly names: readonly string[];
  };
  /** Results in binary32, with the runtime's functions: bits may differ, verdicts may not. */
  readonly single: Single;
}

/** The expected value of `single`. */
export const RIGHT: Single = { start: 'agree', trained: ['agree', 'agree', 'agree', 'agree'], learns: true };

/** As JSON in which numbers keep their exact bits: -0 and non-finite numbers as words. */
export async function coreProgram(): Promise<string> {
  return JSON.stringify(await answers(), (_key, value: unknown) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)) ? `number ${1 / value}` : value,
  );
}

async function answers(): Promise<Answers> {
  const { train, classes } = makeSynthetic('xor', 64, 1, 3);
  const scaling = fitScaling('standard', train);
  const batches = createBatches(train, classes, scaling, { batchSize: 16, epochs: 10, seed: 1 });
  const start = initialParameters(NETWORK, 'glorot-uniform', 1);
  const setting = { network: NETWORK, optimizer: ADAM, scaling };
  const engine = (dtype: 'f32' | 'f64', injection?: FaultInjection): Engine =>
    createVectorEngine(NETWORK, ADAM, { dtype, ...(injection && { injection }) });
  const injector = { setting, inject: async (injection: FaultInjection) => engine('f64', injection) };
  const check = (candidate: Engine, at = start, step = 0): Promise<GradientCheck> =>
    gradientCheck(
      NETWORK,
      at,
      batches.batch(step),
      { candidate, reference: engine('f64') },
      { exact: engine('f64'), injector },
    );
  const inject = engine('f64', injectionOf(parseFault(FAULT, setting), setting));
  const wrong = await check(inject);
  const sides = { candidate: info(inject), reference: info(engine('f64')) };
  const findings = wrong.verdict.kind === 'disagree' ? wrong.verdict.findings : [];
  const [oracle, graph] = [engine('f64'), createAutogradEngine(NETWORK, ADAM)];
  const exactly = engine('f64');
  const losses = await trainedOn(exactly, start, batches);
  const trained: VerdictKind[] = [];
  const singleLosses = await trainedOn(engine('f32'), start, batches, async (parameters, step) => {
    if (step % 10 === 9) trained.push((await check(engine('f32'), parameters, step)).verdict.kind);
  });
  return {
    exact: {
      right: await check(engine('f64')),
      wrong,
      losses,
      sentences: findings.map((finding) => findingSentence(finding, sides)),
      oracle: await checkOracle({ network: NETWORK, parameters: start, batch: batches.batch(0), exact: oracle, graph }),
      parameters: namedTensors(await exactly.parameters()).map(({ values }) => Array.from(values)),
      names: [...OPTIMIZERS, ...INITIALIZERS],
    },
    single: {
      start: (await check(engine('f32'))).verdict.kind,
      trained,
      learns: singleLosses[singleLosses.length - 1] < singleLosses[0],
    },
  };
}

/** Returns the losses of all steps; `after` gets the parameters after each step. */
async function trainedOn(
  engine: Engine,
  start: Parameters,
  batches: Batches,
  after = async (_parameters: Parameters, _step: number): Promise<void> => {},
): Promise<number[]> {
  await engine.load(start);
  const losses: number[] = [];
  for (let step = 0; step < batches.steps; step++) {
    losses.push(await engine.trainStep(batches.batch(step)));
    await after(await engine.parameters(), step);
  }
  return losses;
}

function info({ id, label, backend, dtype, versions }: Engine) {
  return { engine: id, label, backend, dtype, versions };
}
