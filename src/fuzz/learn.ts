// What the subject computes, found out before the first seed: each piece is tried on one small
// network. What it refuses is left out of the space, so that no seed is spent on it, and what a
// seed gives does not depend on the seeds before it.
import { withEngines } from '../check/with-engines.ts';
import type { LossAndGradients } from '../engines/engine.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { createRng } from '../numeric/rng.ts';
import type { Parameters } from '../network/parameters.ts';
import type { OptimizerId, OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { optimizerPage, optimizerSpec } from '../ops/optimizers/registry.ts';
import { randomParameters } from '../selftest/random-problem.ts';
import { safeText } from '../text.ts';
import { drawBatch } from './draw.ts';
import type { Problem } from './draw.ts';
import { isRefusal } from './judge.ts';
import { networkFrom } from './space.ts';
import type { Head, Space } from './space.ts';
import type { Subject } from './subject.ts';
import { addition } from './training.ts';

/** A piece that the subject does not compute, and what it said. */
export interface Refused {
  /** "activation gelu" */
  readonly what: string;
  readonly said: string;
}

/** What the subject computes. */
export interface Learnt {
  /** null if it refuses every network. */
  readonly space: Space | null;
  readonly refused: readonly Refused[];
}

/** Sizes of the small networks: no two are equal. */
const [INPUTS, HIDDEN, OUTPUTS, EXAMPLES] = [4, 3, 2, 5];

/** What a small network is made of. */
interface Small {
  readonly activation: string;
  readonly head: Head;
  readonly depth: number;
  readonly optimizer: string;
  /** One of ADDITIONS. */
  readonly added?: string;
  readonly examples: number;
  /** Changes the network. */
  readonly change?: (network: NetworkSpec) => NetworkSpec;
}

/** Asks the subject for each piece of the space. */
export async function learn(subject: Subject, space: Space): Promise<Learnt> {
  const base = await baseOf(subject, space);
  if ('said' in base) return { space: null, refused: [{ what: 'every network', said: base.said }] };
  const refused: Refused[] = [];
  const kept = async <T>(all: readonly T[], name: (one: T) => string, with_: (one: T) => Small): Promise<T[]> => {
    const some: T[] = [];
    for (const one of all) {
      const said = await refusal(subject, with_(one), space);
      if (said === null) some.push(one);
      else refused.push({ what: name(one), said });
    }
    return some;
  };
  const { depth } = base;
  const activations =
    depth === 1
      ? space.activations
      : await kept(
          space.activations,
          (activation) => `activation ${activation}`,
          (activation) => ({ ...base, activation }),
        );
  const heads = await headsOf(subject, base, space, refused);
  const depths = await kept(
    space.depths,
    (layers) => (layers === 1 ? '1 layer' : `${layers} layers`),
    (layers) => ({ ...base, depth: layers }),
  );
  const kinds = await kept(
    space.kinds,
    (kind) => `layer ${kind}`,
    (kind) => ({ ...base, change: withKind(kind) }),
  );
  const penalties = await kept(
    space.penalties,
    (kind) => `penalty ${kind}`,
    (kind) => ({ ...base, change: withPenalty(kind) }),
  );
  const optimizers = await kept(
    space.optimizers,
    (id) => `optimizer ${id}`,
    (optimizer) => ({ ...base, optimizer }),
  );
  const decaying = optimizers.find((id) => optimizerPage(id).reads.includes('weightDecay'));
  const additions = await kept(
    space.additions.filter((name) => subject.updates && (name !== 'weight-decay' || decaying !== undefined)),
    (name) => `addition ${name}`,
    (name) => ({ ...base, optimizer: (name === 'weight-decay' ? decaying : undefined) ?? base.optimizer, added: name }),
  );
  const [least, most] = space.examples;
  const fewest = await kept(
    least === 1 && most > 1 ? [1] : [],
    () => 'a batch of one example',
    (examples) => ({ ...base, examples }),
  );
  const examples: readonly [number, number] = [least === 1 && most > 1 && fewest.length === 0 ? 2 : least, most];
  return {
    space: { ...space, activations, heads, depths, kinds, penalties, optimizers, additions, examples },
    refused,
  };
}

/** The heads that it computes; a loss or an output that it never computes is named once. */
async function headsOf(subject: Subject, base: Small, space: Space, refused: Refused[]): Promise<readonly Head[]> {
  const said = new Map<Head, string>();
  for (const head of space.heads) {
    const against = await refusal(subject, { ...base, head }, space);
    if (against !== null) said.set(head, against);
  }
  const heads = space.heads.filter((head) => !said.has(head));
  const [outputs, losses] = [0, 1].map((n) => new Set(heads.map((head) => head[n])));
  const named = new Set<string>();
  for (const [[output, loss], text] of said) {
    const what = !losses.has(loss)
      ? `loss ${loss}`
      : !outputs.has(output)
        ? `output ${output}`
        : `${loss} on ${output}`;
    if (!named.has(what)) refused.push({ what, said: text });
    named.add(what);
  }
  return heads;
}

/** The first small network that the subject computes; what it said first, if it computes none. */
async function baseOf(subject: Subject, space: Space): Promise<Small | { readonly said: string }> {
  const depths = space.depths.toSorted((a, b) => Math.abs(a - 2) - Math.abs(b - 2));
  const examples = Math.max(space.examples[0], Math.min(EXAMPLES, space.examples[1]));
  let first: string | null = null;
  for (const depth of depths.slice(0, 2))
    for (const head of space.heads)
      for (const activation of depth === 1 ? ['linear'] : space.activations)
        for (const optimizer of space.optimizers) {
          const small = { activation, head, depth, optimizer, examples };
          const said = await refusal(subject, small, space);
          if (said === null) return small;
          first ??= said;
          if (!subject.updates) break;
        }
  return { said: first ?? 'nothing to ask' };
}

function withKind(kind: string): (network: NetworkSpec) => NetworkSpec {
  return ({ layers, ...rest }) => {
    const fields: Readonly<Record<string, object>> = {
      conv2d: { filters: 2, kernel: 2 },
      'max-pool': { size: 2 },
      'average-pool': { size: 2 },
      dropout: { rate: 0.5 },
    };
    const layer = { kind, ...fields[kind] };
    const reads = ['conv2d', 'max-pool', 'average-pool'].includes(kind);
    if (!reads) return networkFrom({ ...rest, layers: [...layers.slice(0, -1), layer, ...layers.slice(-1)] });
    const inputShape = [3, 4, 1];
    return networkFrom({ ...rest, inputs: 12, inputShape, layers: [layer, { kind: 'flatten' }, ...layers] });
  };
}

function withPenalty(kind: string): (network: NetworkSpec) => NetworkSpec {
  return (network) => networkFrom({ ...network, penalties: [{ kind, strength: 0.5 }] });
}

/** What the subject says against this small network; null: nothing. */
async function refusal(subject: Subject, small: Small, space: Space): Promise<string | null> {
  const problem = problemOf(subject, small, space);
  try {
    return await withEngines(async (open) => {
      const engine = await open(() => subject.open(problem.network, problem.optimizer));
      await engine.load(problem.start);
      const answer = await engine.lossAndGradients(problem.batch);
      if (problem.network.penalties !== undefined && sameAnswer(answer, await withoutPenalties(subject, problem)))
        return 'the penalty changes neither its loss nor its gradients';
      if (subject.updates) await engine.applyGradients(answer.gradients);
      return COUNTING.includes(small.added ?? '') && (await isIgnored(subject, problem)) ? IGNORED : null;
    });
  } catch (error) {
    if (isRefusal(error)) return safeText(error.message);
    throw error;
  }
}

/** Additions that change the first step of a subject that knows them. */
const COUNTING = ['clip-norm', 'clip-value', 'weight-decay'];
const IGNORED = 'its updates are the same without it';
/** Of a clipping or a decay: large enough to change every optimizer's step. */
const SIZES: Readonly<Record<string, number>> = { 'clip-norm': 1e-4, 'clip-value': 1e-4, 'weight-decay': 0.5 };

/** Whether a training step is the same without the additions to the optimizer. */
async function isIgnored(subject: Subject, { network, optimizer, start, batch }: Problem): Promise<boolean> {
  const stepped = (spec: OptimizerSpec): Promise<Parameters> =>
    withEngines(async (open) => {
      const engine = await open(() => subject.open(network, spec));
      await engine.load(start);
      await engine.trainStep(batch);
      return engine.parameters();
    });
  return sameNumbers(await stepped(optimizer), await stepped(optimizerSpec(optimizer.id)));
}

/** The answer for the same network without penalties. */
async function withoutPenalties(subject: Subject, { network, optimizer, start, batch }: Problem) {
  const { penalties: _left, ...plain } = network;
  return withEngines(async (open) => {
    const engine = await open(() => subject.open(plain, optimizer));
    await engine.load(start);
    return engine.lossAndGradients(batch);
  });
}

/** A network that knows nothing of penalties does not refuse them: it gives the same numbers. */
function sameAnswer(one: LossAndGradients, two: LossAndGradients): boolean {
  return sameNumbers(one.gradients, two.gradients) && Object.is(one.loss, two.loss);
}

function sameNumbers(one: Parameters, two: Parameters): boolean {
  return one.every(({ values }, t) => values.every((value, i) => Object.is(value, two[t].values[i])));
}

function problemOf(subject: Subject, small: Small, space: Space): Problem {
  const [output, loss] = small.head;
  const hidden = Array.from({ length: small.depth - 1 }, () => ({ units: HIDDEN, activation: small.activation }));
  const plain = networkFrom({ inputs: INPUTS, layers: [...hidden, { units: OUTPUTS, activation: output }], loss });
  const network = subject.adapt(small.change?.(plain) ?? plain);
  const rng = createRng(1, 'fuzz: what it computes');
  const start = randomParameters(network, rng, 1);
  const batch = drawBatch(network, small.examples, rng, 1, space.classes);
  const { added } = small;
  const around = added === undefined ? {} : addition(added, SIZES[added]);
  return { network, optimizer: optimizerSpec(small.optimizer as OptimizerId, around), steps: 1, start, batch };
}
