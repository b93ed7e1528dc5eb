// All pieces of a network, one page each. To add one, add its line here: ids, choices and types are
// derived. Code that needs to know something about a piece asks its page.
import { elu } from './activations/elu.ts';
import { gelu } from './activations/gelu.ts';
import { leakyRelu } from './activations/leaky-relu.ts';
import { linear } from './activations/linear.ts';
import type { Activation, ActivationPage } from './activations/page.ts';
import { relu } from './activations/relu.ts';
import { selu } from './activations/selu.ts';
import { sigmoid } from './activations/sigmoid.ts';
import { softplus } from './activations/softplus.ts';
import { swish } from './activations/swish.ts';
import { tanh } from './activations/tanh.ts';
import { averagePool } from './layers/average-pool.ts';
import { conv2d } from './layers/conv2d.ts';
import { dense } from './layers/dense.ts';
import { flatten } from './layers/flatten.ts';
import { maxPool } from './layers/max-pool.ts';
import { batchNorm } from './layers/batch-norm.ts';
import { dropout } from './layers/dropout.ts';
import { layerNorm } from './layers/layer-norm.ts';
import type { LayerPage } from './layers/page.ts';
import { binaryCrossEntropy } from './losses/binary-cross-entropy.ts';
import { crossEntropy } from './losses/cross-entropy.ts';
import { halfSquaredError } from './losses/half-squared-error.ts';
import { hinge, squaredHinge } from './losses/hinge.ts';
import { huber } from './losses/huber.ts';
import { meanAbsoluteError } from './losses/mean-absolute-error.ts';
import { mse } from './losses/mean-squared-error.ts';
import type { LossPage } from './losses/page.ts';
import type { OutputPage, RowActivation } from './outputs/page.ts';
import { ratio } from './outputs/ratio.ts';
import { softmax } from './outputs/softmax.ts';
import { PageTable } from './page-table.ts';

export const ACTIVATION_PAGES = [linear, relu, leakyRelu, elu, selu, softplus, sigmoid, tanh, swish, gelu] as const;
export const OUTPUT_PAGES = [softmax, ratio] as const;
export const LOSS_PAGES = [
  mse,
  crossEntropy,
  binaryCrossEntropy,
  halfSquaredError,
  meanAbsoluteError,
  huber,
  hinge,
  squaredHinge,
] as const;
export const LAYER_PAGES = [dense, conv2d, maxPool, averagePool, flatten, layerNorm, dropout, batchNorm] as const;

/** One of ELEMENTWISE_ACTIVATIONS. */
export type PlainActivationId = (typeof ACTIVATION_PAGES)[number]['id'];
/**
 * One of ELEMENTWISE_ACTIVATIONS, or one with another number than the usual: the slope of
 * leaky-relu below 0, α of elu.
 */
export type ElementwiseActivationId = PlainActivationId | `${'leaky-relu' | 'elu'}:${number}`;
/** One of ROW_ACTIVATIONS. */
export type RowActivationId = (typeof OUTPUT_PAGES)[number]['id'];
/** One of ACTIVATIONS. */
export type ActivationId = ElementwiseActivationId | RowActivationId;
/** One of LOSSES. */
export type PlainLossId = (typeof LOSS_PAGES)[number]['id'];
/**
 * One of LOSSES, or one with numbers: δ of huber, label smoothing and class weights of
 * cross-entropy (`cross-entropy:0.1`, `cross-entropy:weights=1,2,5`).
 */
export type LossId = PlainLossId | `huber:${number}` | `cross-entropy:${string}`;

/** One of the kinds of layers. */
export type LayerKindId = (typeof LAYER_PAGES)[number]['id'];

/** Activations that act on each score alone. */
export const ELEMENTWISE_ACTIVATIONS: readonly PlainActivationId[] = ACTIVATION_PAGES.map(({ id }) => id);
/** Outputs that turn the scores of one example into shares of 1; for the last layer only. */
export const ROW_ACTIVATIONS: readonly RowActivationId[] = OUTPUT_PAGES.map(({ id }) => id);
/** All activations; ROW_ACTIVATIONS in the last layer only. */
export const ACTIVATIONS: readonly (PlainActivationId | RowActivationId)[] = [
  ...ELEMENTWISE_ACTIVATIONS,
  ...ROW_ACTIVATIONS,
];
/** Losses by name; NetworkSpec has their formulas. */
export const LOSSES: readonly PlainLossId[] = LOSS_PAGES.map(({ id }) => id);

/** Every elementwise activation by name, as the bare pair of functions. */
export const ACTIVATION = byId(ACTIVATION_PAGES) as Readonly<Record<PlainActivationId, Activation>>;
/**
 * Both outputs by name: softmax p_k = e^z_k / Σ e^z_j; ratio p_k = relu(z_k) / Σ relu(z_j), and 1/K
 * where that sum is 0.
 */
export const ROW_ACTIVATION = byId(OUTPUT_PAGES) as Readonly<Record<RowActivationId, RowActivation>>;

type Page = ActivationPage | OutputPage | LossPage | LayerPage;

const activations = new PageTable<ActivationPage | OutputPage>('activation', [...ACTIVATION_PAGES, ...OUTPUT_PAGES]);
const losses = new PageTable<LossPage>('loss', LOSS_PAGES);
const layers = new PageTable<LayerPage>('kind of layer', LAYER_PAGES);

/**
 * The page of an elementwise activation or output.
 * @throws UsageError on an unknown name; the message lists the choices
 */
export function activationOf(id: string): ActivationPage | OutputPage {
  return activations.get(id);
}

/**
 * The page of an activation or output, if there is one.
 * @throws UsageError if what follows the colon of a known name does not fit
 */
export function knownActivation(id: string): ActivationPage | OutputPage | undefined {
  return activations.known(id);
}

/**
 * The page of a loss, if there is one.
 * @throws UsageError if what follows the colon of a known name does not fit
 */
export function knownLoss(id: string): LossPage | undefined {
  return losses.known(id);
}

/** @throws UsageError on an unknown name; the message lists the choices */
export function lossOf(id: string): LossPage {
  return losses.get(id);
}

/**
 * The page of a kind of layer.
 * @throws UsageError on an unknown name; the message lists the choices
 */
export function layerKindOf(id: string): LayerPage {
  return layers.get(id);
}

/** How reports abbreviate a role: W for weights; the role itself if no page abbreviates it. */
export function symbolOf(role: string): string {
  return layers.find(({ symbols }) => role in symbols)?.symbols[role] ?? role;
}

/** Every kind of layer known now. */
export function layerPages(): readonly LayerPage[] {
  return layers.all();
}

/** Every activation and output known now: the built-in ones, then those registered. */
export function activationPages(): readonly (ActivationPage | OutputPage)[] {
  const all = activations.all();
  return [...all.filter(({ kind }) => kind === 'elementwise'), ...all.filter(({ kind }) => kind === 'output')];
}

/** Every loss known now. */
export function lossPages(): readonly LossPage[] {
  return losses.all();
}

/**
 * Whether it is an output over all scores of an example, for the last layer only.
 * @throws UsageError on an unknown name
 */
export function isRowActivation(id: string): boolean {
  return activationOf(id).kind === 'output';
}

/**
 * Whether it is a = z.
 * @throws UsageError on an unknown name
 */
export function isIdentity(id: string): boolean {
  const page = activationOf(id);
  return page.kind === 'elementwise' && page.isIdentity === true;
}

/**
 * Adds a user's own piece. Networks may then name it, and engines, bounds, diagnosis and reports
 * use it.
 * @returns a function that removes it
 * @throws UsageError if the name is taken
 */
export function register(page: Page): () => void {
  if (page.kind === 'layer') return layers.add(page);
  return page.kind === 'loss' ? losses.add(page) : activations.add(page);
}

function byId<P extends Page>(pages: readonly P[]): Readonly<Record<string, P>> {
  return Object.fromEntries(pages.map((page) => [page.id, page]));
}
