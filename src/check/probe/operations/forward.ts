// Which operation of a forward pass is wrong. With a batch of one, dW of a layer is the product of
// that layer's input and its db: this shows the activations of the layer below. What the last layer
// computed shows in its dz. Every layer is judged by its own input.
import type { NetworkSpec } from '../../../network/spec.ts';
import { log } from '../../../numeric/elementary.ts';
import type { ActivationPage } from '../../../ops/activations/page.ts';
import { activationOf, lossOf } from '../../../ops/registry.ts';
import { areClose } from '../close.ts';
import { activated, oneRow } from '../loss/pass.ts';
import type { Told } from '../told.ts';
import { activationsFor, slopesBeside0, valueOf, wrongHalf } from './activations.ts';
import type { Replaced } from './activations.ts';
import type { Example, LayerOf, Seen } from './example.ts';
import { formatNumber, isTelling } from './fit.ts';
import { rightStart } from './scores.ts';
import { otherTargets, outputsOfStart } from './start-outputs.ts';
import { inputFormOf, product, right, scoreForms } from './score-forms.ts';
import { outputInUse } from './output-forms.ts';
import { scoreDeviation, scoresBehind } from './scores-behind.ts';
import type { Behind } from './scores-behind.ts';
import { tellActivation, tellInput, tellLateBias, tellOutputs, tellScores, tellTargets, tellUnits } from './tell.ts';

/** What is seen of one layer in one example. */
interface Step {
  /** With the engine's own input x, and what the right operations make of it. */
  readonly layer: LayerOf;
  /** The engine's own activations (O); null if nothing shows them. */
  readonly own: Float64Array | null;
  readonly seen: Seen;
}

/**
 * What is wrong in the forward pass, from the inputs up; empty if it is right, or if the engine's
 * gradients do not show it.
 * @param losses what it returned for each example
 */
export function toldOfForward(network: NetworkSpec, seen: readonly Seen[], losses: readonly number[]): readonly Told[] {
  const last = network.layers.length - 1;
  const input = inputInUse(network, seen);
  const told: Told[] = input === null ? [] : [input];
  for (let l = 0; l < last; l++) told.push(...toldOfLayer(network, l, stepsOf(network, l, seen, input !== null)));
  const top = toldOfLast(network, stepsOf(network, last, seen, input !== null && last === 0), losses);
  // without a formula, an activation is wrong only if the outputs follow from it; inputs always
  if (top === null) return told.filter(({ used, place }) => used !== null && place !== 'x');
  const lowest = told.at(-1);
  if (top.length > 0 || lowest === undefined || lowest.used !== null || lowest.place === 'x') return [...told, ...top];
  const { place } = lowest;
  return [
    ...told.slice(0, -1),
    { ...lowest, text: `${lowest.text} What the layers above compute is right for this ${place}.` },
  ];
}

/** What the engine has in place of the inputs; null if it has them, or has others in dW1 alone. */
function inputInUse(network: NetworkSpec, seen: readonly Seen[]): Told | null {
  const pairs = seen.map(({ example, shown }) => ({ found: shown[0].x, wanted: example.layers[0].x }));
  const shown = pairs.flatMap(({ found, wanted }) => (found === null ? [] : [{ found, wanted }]));
  if (shown.length < pairs.length || shown.every(({ found, wanted }) => areClose(found, wanted))) return null;
  const [asGiven, asShown] = [false, true].map((isOwn) => isRight(stepsOf(network, 0, seen, isOwn)));
  if (asGiven || !asShown) return null;
  return tellInput(inputFormOf(shown, 'x'));
}

function stepsOf(network: NetworkSpec, l: number, seen: readonly Seen[], hasOwnInput: boolean): Step[] {
  return seen.map((one) => {
    const given = one.example.layers[l];
    const x = (l > 0 || hasOwnInput ? one.shown[l].x : null) ?? given.x;
    const z = right({ ...given, x });
    return {
      layer: { ...given, x, z, a: activated(network.layers[l].activation, z) },
      own: one.shown.at(l + 1)?.x ?? null,
      seen: one,
    };
  });
}

/** Whether all activations are shown and right. */
function isRight(steps: readonly Step[]): boolean {
  return steps.every(({ layer, own }) => own !== null && areClose(own, layer.a));
}

/** A layer below the last one. */
function toldOfLayer(network: NetworkSpec, l: number, steps: readonly Step[]): readonly Told[] {
  const shown = steps.flatMap(({ layer, own, seen }) => (own === null ? [] : [{ layer, own, seen }]));
  if (shown.length < steps.length || isRight(steps)) return [];
  const activation = activationInUse(network, l, shown);
  if (activation !== null) return [tellActivation(network, l, activation)];
  const page = activationOf(network.layers[l].activation);
  const isLate = shown.every(({ layer, own }) => {
    const without = activated(page.id, product(layer));
    return areClose(
      own,
      without.map((a, o) => a + layer.b[o]),
    );
  });
  if (isLate) return [tellLateBias(network, l)];
  const form = scoreForms(l + 1, false).find(({ at }) => {
    const pairs = shown.flatMap(({ layer, own, seen }) => {
      const z = at(layer, seen.example);
      return z === null ? [] : [{ found: own, wanted: activated(page.id, z) }];
    });
    return isTelling(pairs) && pairs.every(({ found, wanted }) => areClose(found, wanted));
  });
  if (form !== undefined) return [tellScores(network, l, { used: form.text })];
  const deviation =
    page.kind === 'elementwise'
      ? scoreDeviation(
          l + 1,
          shown.map(({ layer, own }) => ({ layer, z: scoresBehind(page, own, layer.z) })),
          false,
        )
      : null;
  if (deviation !== null) return [tellScores(network, l, deviation)];
  const pairs = shown.map(({ layer: { z }, own }) => ({ z, a: own }));
  const half = page.kind === 'elementwise' ? wrongHalf(page, pairs)?.half : undefined;
  return [tellUnits(network, l, wrongUnits(shown), half)];
}

/** The units whose activation is wrong in some example, and how many there are. */
function wrongUnits(shown: readonly { readonly layer: LayerOf; readonly own: Float64Array }[]): readonly number[] {
  const isWrong = (o: number): boolean => shown.some(({ layer: { a }, own }) => !areClose(withOne(a, own, o), a));
  return Array.from(shown[0].own.keys()).filter(isWrong);
}

function withOne(a: Float64Array, own: Float64Array, o: number): Float64Array {
  return a.map((value, k) => (k === o ? own[k] : value));
}

/** What is wrong in the last layer; null if it is not known whether its forward pass is. */
function toldOfLast(network: NetworkSpec, steps: readonly Step[], losses: readonly number[]): readonly Told[] | null {
  const l = network.layers.length - 1;
  const startsFrom = (z: (step: Step) => Float64Array | null): boolean => {
    const pairs = steps.flatMap((step) => {
      const scores = z(step);
      return scores === null
        ? []
        : [{ found: step.seen.shown[l].db, wanted: rightStart(network, withScores(step, scores)) }];
    });
    return pairs.length === steps.length && pairs.every(({ found, wanted }) => areClose(found, wanted));
  };
  if (startsFrom(({ layer }) => layer.z)) return [];
  const targets = otherTargets(
    network,
    steps.map((step) => ({ example: withScores(step, step.layer.z), dz: step.seen.shown[l].db })),
  );
  if (targets !== null) return [tellTargets(network, targets)];
  const { activation } = network.layers[l];
  const isOverAll = activationOf(activation).kind === 'output';
  const shown = steps.flatMap((step) => {
    const own = outputsOfStart(network, withScores(step, step.layer.z), step.seen.shown[l].db);
    return own === null ? [] : [{ layer: step.layer, own, step }];
  });
  const isShown = shown.length === steps.length;
  const outputs = shown.map(({ layer: { z }, own }) => ({ z, p: own }));
  const inUse = isShown && isOverAll ? outputInUse(activation, outputs) : null;
  if (inUse !== null) return [tellActivation(network, l, { text: inUse })];
  const other = isShown ? activationInUse(network, l, shown) : null;
  if (other !== null) return [tellActivation(network, l, other)];
  const form = scoreForms(l + 1, isOverAll).find(({ at }) => startsFrom(({ layer, seen }) => at(layer, seen.example)));
  if (form !== undefined) return [tellScores(network, l, { used: form.text })];
  const behind = shown.map((one) => ({ ...one, z: scoresOf(activation, one.own, one.layer.z) }));
  if (!isShown || !followsFrom(network, behind, losses)) return null;
  const isWhole = !isOverAll || behind.every(({ own }) => Math.abs(own.reduce((sum, p) => sum + p, 0) - 1) <= 1e-5);
  const deviation = isWhole ? scoreDeviation(l + 1, behind, isOverAll) : null;
  return [deviation === null ? tellOutputs(network) : tellScores(network, l, deviation)];
}

/** The example with these scores in its last layer. */
function withScores({ layer, seen: { example } }: Step, z: Float64Array): Example {
  const a = activated(layer.activation, z);
  return { ...example, layers: [...example.layers.slice(0, -1), { ...layer, z, a }] };
}

/** The scores behind outputs: those of an output over all scores up to one number for all. */
function scoresOf(activation: string, p: Float64Array, near: Float64Array): Float64Array {
  const page = activationOf(activation);
  if (page.kind === 'elementwise') return scoresBehind(page, p, near);
  return p.map((value) => (value > SMALL ? log(value) : NaN));
}

/** Outputs below it are not told from rounding. */
const SMALL = 1e-4;

/** What outputs that are not shown may add to a loss. */
const HIDDEN = 1e-3;

/** Whether the losses are those of these outputs, in the examples whose scores are shown. */
function followsFrom(
  network: NetworkSpec,
  behind: readonly (Behind & { readonly own: Float64Array; readonly step: Step })[],
  losses: readonly number[],
): boolean {
  const pairs = behind.flatMap(({ z, own, step }, n) => {
    const { t } = step.seen.example;
    if (t.some((share, k) => share !== 0 && Number.isNaN(z[k]))) return [];
    const whole = z.map((value) => (Number.isNaN(value) ? log(SMALL / 100) : value));
    // of outputs that do not add up to 1, the loss is not that of any scores
    const ofOutputs = t.reduce((sum, share, k) => sum - (share === 0 ? 0 : share * log(own[k])), 0);
    return [{ follow: [lossAt(network, whole, t), ofOutputs], found: losses[n] }];
  });
  const found = Float64Array.from(pairs, (pair) => pair.found);
  const fits = [0, 1].some((way) =>
    areClose(
      found,
      Float64Array.from(pairs, ({ follow }) => follow[way]),
      HIDDEN,
    ),
  );
  return pairs.length >= 3 && fits;
}

/** The loss of one example with these scores. */
function lossAt(network: NetworkSpec, z: Float64Array, t: Float64Array): number {
  const page = lossOf(network.loss);
  const a = activated(network.layers[network.layers.length - 1].activation, z);
  return page.from === 'scores'
    ? page.forward(oneRow(a.slice()), oneRow(z), oneRow(t))
    : page.forward(oneRow(a), oneRow(a), oneRow(t));
}

/** What a layer computes in place of its activation, from the right scores; null: not known. */
function activationInUse(
  network: NetworkSpec,
  l: number,
  shown: readonly { readonly layer: LayerOf; readonly own: Float64Array }[],
): Omit<Replaced, 'of'> | null {
  const page = activationOf(network.layers[l].activation);
  if (page.kind !== 'elementwise') return null;
  const other = activationsFor(page).find(({ of }) => shown.every(({ layer: { z }, own }) => areClose(own, of(z))));
  if (other !== undefined) return other;
  const pairs = shown.map(({ layer: { z }, own }) => ({ z, a: own }));
  const slopes = slopesBeside0(pairs);
  if (slopes !== null && !isScaled(page, slopes)) return twoLines(slopes);
  const kept = keptOf(shown.map(({ layer: { a }, own }) => ({ a, found: own })));
  if (kept === '1') return { text: `${page.formula.forward}, but 0 for some units` };
  if (kept !== null)
    return { text: `its value with some units set to 0 and the others multiplied by ${kept}, as dropout does` };
  const { half, used } = wrongHalf(page, pairs) ?? { half: null, used: null };
  if (used === null) return null;
  const { forward } = page.formula; // it may have branches of its own
  return { text: `${used} where ${half}, ${forward.includes('where') ? 'and right elsewhere' : `else ${forward}`}` };
}

type Slopes = NonNullable<ReturnType<typeof slopesBeside0>>;

/** Whether it is what the right activation gives for scores with a factor. */
function isScaled(page: ActivationPage, { above, below }: Slopes): boolean {
  const [up, down, twiceUp, twiceDown] = valueOf(page, Float64Array.of(1, -1, 2, -2));
  if (twiceUp !== 2 * up || twiceDown !== 2 * down) return false; // it is no line itself
  return Math.abs(above - 1) > 1e-4 && Math.abs(above * -down - below * up) <= 1e-4 * Math.abs(above);
}

function twoLines({ above, below }: Slopes): Omit<Replaced, 'of'> {
  const [up, down] = [above, below].map((c) => Number(c.toPrecision(4)));
  const line = (c: number): string => (c === 1 ? 'z' : c === 0 ? '0' : `${c} z`);
  return {
    id: up === 1 && down >= 0 && down < 1 ? `leaky-relu:${down}` : undefined,
    text: up === down ? line(up) : `${line(up)} where z > 0, else ${line(down)}`,
  };
}

/** The factor of the units that dropout keeps, if the others are 0; null if it is not so. */
function keptOf(pairs: readonly { readonly a: Float64Array; readonly found: Float64Array }[]): string | null {
  const both = pairs.flatMap(({ a, found }) => Array.from(a, (right, i) => ({ right, found: found[i] })));
  const alive = both.filter(({ right }) => right !== 0);
  const kept = alive.filter(({ found }) => found !== 0);
  if (kept.length < 3 || kept.length === alive.length) return null;
  const c = kept.reduce((sum, { right, found }) => sum + found / right, 0) / kept.length;
  const isIt = c >= 1 && kept.every(({ right, found }) => Math.abs(found / right - c) <= 1e-4 * c);
  return isIt ? formatNumber(c) : null;
}
