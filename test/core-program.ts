// What the test of backproof/core runs in Node and in a browser: one check that agrees, one of a known mistake, and a training. All numbers come back.
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
  mistakeOf,
  namedTensors,
  optimizerSpec,
  parseFault,
} from '../src/core.ts';
import type { Engine, GradientCheck, Mistake, NetworkSpec } from '../src/core.ts';

/** The branches and functions of many activations: exp, log, erf, sqrt. */
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

export interface Answers {
  readonly right: GradientCheck;
  readonly wrong: GradientCheck;
  readonly sentences: readonly string[];
  readonly oracle: unknown;
  readonly losses: readonly number[];
  readonly parameters: readonly (readonly number[])[];
  readonly names: readonly string[];
}

/** As JSON in which a number stands for its very bits: -0 and what is not finite as words. */
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
  const engine = (dtype: 'f32' | 'f64', mistake?: Mistake): Engine =>
    createVectorEngine(NETWORK, ADAM, { dtype, ...(mistake && { mistake }) });
  const known = { setting, mistaken: async (mistake: Mistake) => engine('f64', mistake) };
  const check = (candidate: Engine): Promise<GradientCheck> =>
    gradientCheck(NETWORK, start, batches.batch(0), candidate, engine('f64'), { oracle: engine('f64'), known });
  const right = await check(engine('f32'));
  const wrong = await check(engine('f32', mistakeOf(parseFault(FAULT, setting), setting)));
  const sides = { candidate: info(engine('f32')), reference: info(engine('f64')) };
  const findings = wrong.verdict.kind === 'disagree' ? wrong.verdict.findings : [];
  const [oracle, graph] = [engine('f64'), createAutogradEngine(NETWORK, ADAM)];
  const trained = engine('f32');
  await trained.load(start);
  const losses: number[] = [];
  for (let step = 0; step < batches.steps; step++) losses.push(await trained.trainStep(batches.batch(step)));
  return {
    ...{ right, wrong, losses },
    sentences: findings.map((finding) => findingSentence(finding, sides)),
    oracle: await checkOracle({ network: NETWORK, parameters: start, batch: batches.batch(0), oracle, graph }),
    parameters: namedTensors(await trained.parameters()).map(({ values }) => Array.from(values)),
    names: [...OPTIMIZERS, ...INITIALIZERS],
  };
}

function info({ id, label, backend, dtype, versions }: Engine) {
  return { engine: id, label, backend, dtype, versions };
}
