// checkLayer: are these the gradients of this layer, and does it behave like one?
import { DataError } from '../../errors.ts';
import { behaviourOf, differencesOf, outputsAt, passes } from './behaviour.ts';
import type { Asked, LayerBehaviour } from './behaviour.ts';
import { sizesOf } from './check-gradient.ts';
import { BUDGET, judge } from './judge.ts';
import type { Judged } from './judge.ts';
import type { Counted } from './line.ts';
import type { Layer, LayerGradients } from './layer.ts';
import { FEW_OUTPUTS, OUTPUTS_COST, keeping, outputsAlone } from './outputs-alone.ts';
import type { OutputAlone } from './outputs-alone.ts';
import { randomSign, rngFor, sumOfProducts } from './place.ts';
import type { FunctionCheck, FunctionVerdict } from './result.ts';
import type { LayerTwin } from './tensor-library.ts';
import { readLike, treeOf } from './tree.ts';
import type { Tree } from './tree.ts';

/** Where a layer is checked, and how. */
export interface LayerProblem {
  /** Inputs: any tree of numbers. */
  readonly inputs: unknown;
  /** Parameters, if it has any. */
  readonly parameters?: unknown;
  /**
   * independent: the first index of inputs and outputs is the example; none may influence another.
   */
  readonly examples?: 'independent';
  /** The same outputs in operations of TensorFlow.js, whose gradients are compared as well. */
  readonly twin?: LayerTwin<never, never>;
  /** Determines the directions and the gradients of the outputs; 1 if not given. */
  readonly seed?: number;
  /** Numbers that a wrong factor may be equal to, by name. */
  readonly sizes?: Readonly<Record<string, number>>;
}

/** Something a layer does that a derivative does not, or that nobody expects. */
export type LayerProblemFound =
  | { readonly kind: 'changes'; readonly tensor: string; readonly by: 'forward' | 'backward' }
  | { readonly kind: 'not-linear' }
  | { readonly kind: 'wrong-for'; readonly outputs: readonly string[] }
  | { readonly kind: 'keeps-unevenly'; readonly accumulates: readonly string[]; readonly overwrites: readonly string[] }
  | { readonly kind: 'keeps-unclearly'; readonly tensors: readonly string[] }
  | { readonly kind: 'mixes'; readonly from: string; readonly to: string; readonly pass: 'forward' | 'backward' };

/** The answer of {@link checkLayer}. */
export interface LayerCheck extends Omit<FunctionCheck, 'behaviour'> {
  readonly outputs: number;
  readonly behaviour: LayerBehaviour;
  readonly problems: readonly LayerProblemFound[];
  /** Few outputs are looked at one by one; empty where there are many, or one. */
  readonly alone: readonly OutputAlone[];
}

/**
 * Checks a layer's backward pass: with random gradients of the outputs it becomes a function, Σ
 * dy·y, whose gradient is checked as checkGradient does; few outputs are looked at one by one as
 * well. Then what it does beside: whether it changes its arguments, accumulates or overwrites, is
 * linear in dy, depends on another forward pass in between, and mixes examples that should be
 * independent.
 * @throws DataError if inputs have no numbers, outputs are not finite, or a gradient has another
 *   form
 */
export async function checkLayer(layer: Layer, problem: LayerProblem): Promise<LayerCheck> {
  const { inputs, parameters, seed = 1, sizes = {}, examples, twin } = problem;
  const given = parameters === undefined ? { inputs } : { inputs, parameters };
  const all = treeOf(given, 'layer');
  const first = all.build(all.values) as typeof given;
  const outputs = treeOf(await layer.forward(first.inputs, first.parameters), 'outputs');
  const rng = rngFor(seed, 'outputs');
  const answer = await layer.backward(
    outputs.build(outputs.values.map(() => rng.normal())),
    first.inputs,
    first.parameters,
  );
  const tree = checkedPart(given, answer);
  const fixed = { inputs, parameters };
  const asked: Asked = {
    layer: {
      forward: (x, p) => layer.forward(x ?? fixed.inputs, p ?? fixed.parameters),
      backward: (dy, x, p) => layer.backward(dy, x ?? fixed.inputs, p ?? fixed.parameters),
    },
    tree,
    outputs,
    read: (found) => readLike(tree, found, 'gradient'),
  };
  const behaviour = await behaviourOf(asked, rngFor(seed, 'behaviour'), examples === 'independent');
  const accumulates = behaviour.keeps.some(({ keeps }) => keeps === 'accumulates');
  const isSteady = behaviour.keeps.every(({ keeps }) => keeps !== null);
  const dy = outputs.values.map(() => randomSign(rng));
  const count = { gradient: 0 };
  const added = differencesOf(asked, behaviour.keeps);
  const gradientOf = async (d: Float64Array, x: Float64Array): Promise<Float64Array> => {
    count.gradient++;
    return accumulates ? added(d, x) : passes(asked, x, d);
  };
  const gradientAt = (x: Float64Array): Promise<Float64Array> => gradientOf(dy, x);
  const outputsThere = async (x: Float64Array): Promise<Float64Array> => {
    f.evaluations++;
    return outputsAt(asked, x);
  };
  const isFew = isSteady && behaviour.repeats && dy.length > 1 && dy.length <= FEW_OUTPUTS;
  const forward = isFew ? keeping(outputsThere) : outputsThere;
  const f: Counted = { evaluations: 0, valueAt: async (x) => sumOfProducts(dy, await forward(x)) };
  const subject = {
    tree,
    f,
    gradientAt: isSteady ? gradientAt : null,
    given: await gradientAt(tree.values),
    sizes: sizesOf(tree, { ...sizes, 'number of outputs': outputs.values.length }),
  };
  const judged = await judge(subject, seed, isFew ? BUDGET - OUTPUTS_COST : BUDGET);
  const { evaluations } = f;
  const left = (): number => Math.max(BUDGET, evaluations + OUTPUTS_COST) - f.evaluations; // of a wrong layer, too
  const isFinite = subject.given.every(Number.isFinite);
  const alone =
    isFew && isFinite && judged.reason !== 'chance' ? await outputsAlone(asked, gradientOf, forward, left, seed) : [];
  // what gives other values each time has no twin
  const compared =
    twin === undefined || judged.reason === 'chance'
      ? null
      : await (
          await import('./twin.ts')
        ).compareTwin((await import('./layer-twin.ts')).summedTwin(twin, outputs, dy, inputs), subject, judged, seed);
  const hidden = judged.verdict === 'disagree' ? [] : alone.filter(({ is }) => is === 'wrong');
  const problems = [...problemsOf(behaviour), ...wrongFor(hidden)];
  const isOther = compared?.isSame === false;
  const found: Judged = isOther ? { ...judged, verdict: 'disagree', reason: null } : judged;
  const verdict: FunctionVerdict = problems.length > 0 ? 'disagree' : found.verdict;
  return {
    ...found,
    ...(compared !== null && { twin: compared }),
    verdict,
    outputs: outputs.values.length,
    behaviour,
    problems,
    alone,
    evaluations: { value: f.evaluations, gradient: count.gradient },
    seed,
  };
}

/** Inputs and parameters whose gradients there are. */
function checkedPart(given: { inputs: unknown; parameters?: unknown }, answer: LayerGradients): Tree {
  const form: unknown = answer;
  if (typeof form !== 'object' || form === null)
    throw new DataError(`backward returned ${form === null ? 'null' : typeof form}`, 'return { inputs, parameters }');
  const hasInputs = answer.inputs !== undefined && answer.inputs !== null;
  const hasParameters = answer.parameters !== undefined && answer.parameters !== null;
  if (!hasInputs && !hasParameters)
    throw new DataError('backward returned no gradients', 'return { inputs, parameters }');
  if (given.parameters !== undefined && !hasParameters)
    throw new DataError('backward returned no gradient of the parameters', 'return { inputs, parameters }');
  if (!hasInputs) return treeOf({ parameters: given.parameters }, 'layer');
  return treeOf(given, 'layer');
}

function wrongFor(hidden: readonly OutputAlone[]): LayerProblemFound[] {
  return hidden.length === 0 ? [] : [{ kind: 'wrong-for', outputs: hidden.map(({ output }) => output) }];
}

function problemsOf({ changed, keeps, isLinear, mixes }: LayerBehaviour): LayerProblemFound[] {
  const found: LayerProblemFound[] = changed.map(({ tensor, by }) => ({ kind: 'changes', tensor, by }));
  if (!isLinear) found.push({ kind: 'not-linear' });
  const of = (kind: 'accumulates' | 'overwrites' | null): string[] =>
    keeps.filter((k) => k.keeps === kind && !k.tensor.startsWith('inputs')).map(({ tensor }) => tensor);
  const [accumulates, overwrites, unclear] = [of('accumulates'), of('overwrites'), of(null)];
  if (accumulates.length > 0 && overwrites.length > 0) found.push({ kind: 'keeps-unevenly', accumulates, overwrites });
  if (unclear.length > 0) found.push({ kind: 'keeps-unclearly', tensors: unclear });
  if (mixes !== null) found.push({ kind: 'mixes', ...mixes });
  return found;
}
