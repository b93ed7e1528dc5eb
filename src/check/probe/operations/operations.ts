// Which operation of a backward pass is wrong, and what is computed instead: an engine is asked for
// single examples, and each of its numbers is compared with what follows from its own numbers
// above.
import { tensorsOf } from '../../../network/parameters.ts';
import { hasBias } from '../../../network/spec.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { dot } from '../../../numeric/norms.ts';
import { randomBatch, randomParameters } from '../../slopes/general-point.ts';
import type { Asker, Single } from '../asker.ts';
import { areClose } from '../close.ts';
import { isDense } from '../pass/pass.ts';
import type { Found, Told } from '../told.ts';
import { deviationOf } from './deviations.ts';
import { examplesOf, shownOf } from './example.ts';
import type { Example, Seen } from './example.ts';
import { toldOfForward } from './forward.ts';
import { fits } from './rule-fits.ts';
import type { Fit } from './rule-fits.ts';
import { rightStart, rulesFor } from './scores.ts';
import type { Observed, Rules } from './scores.ts';
import { otherOutputs } from './start-outputs.ts';
import { biasFit, isSameScore, weightFit } from './tensors.ts';
import { tellScore, tellTensor } from './tell.ts';

/** Examples that are asked for at a fresh point. */
const FRESH = 3;
/** Examples that nobody is asked for. */
const ELSEWHERE = 8;
/** Far from the seeds of other points. */
const SEED = 7_100_001;

interface AskedFor {
  readonly network: NetworkSpec;
  readonly asker: Asker;
  /** Examples that it was asked for already. */
  readonly singles: readonly Single[];
  /** Whether the batch has one class per example. */
  readonly oneHot: boolean;
  /** Whether its outputs or its loss are right: then its forward pass is. */
  readonly forwardIsRight: boolean;
}

/**
 * What is wrong in the backward pass, from the output down; empty if nothing is that is seen
 * here.
 */
export async function probeOperations({
  network,
  asker,
  singles,
  oneHot,
  forwardIsRight,
}: AskedFor): Promise<readonly Found[]> {
  if (!isDense(network)) return [];
  const parameters = randomParameters(network, SEED);
  const fresh = (count: number, seed: number): Promise<Single[]> =>
    asker.singles(parameters, randomBatch(network, count, seed, oneHot));
  const answers = [...singles, ...(await fresh(FRESH, SEED))];
  const forward = forwardIsRight ? [] : inForward(network, answers);
  const isForward = forward.length > 0;
  const found = isForward ? forward : told(network, seenIn(network, answers));
  const widest = Math.max(network.inputs, ...network.layers.map(({ units }) => units));
  const start = `dz${network.layers.length}`;
  const isOpen = found.some(({ used = null, place }) => used === null && (isForward || place === start));
  if (!isOpen || widest > WIDEST || !asker.mayAsk(MORE)) return found;
  const all = [...answers, ...(await fresh(MORE, SEED + 2))];
  return isForward ? inForward(network, all) : told(network, seenIn(network, all));
}

/** Examples that are asked for as well, where no formula is known for a forward pass or a start. */
const MORE = 30;
/** Beyond these units, so many tell no more. */
const WIDEST = 64;

function inForward(network: NetworkSpec, answers: readonly Single[]): readonly Told[] {
  const losses = answers.map(({ loss }) => loss);
  return toldOfForward(network, withSignOfWeights(seenIn(network, answers)), losses);
}

/**
 * With -db for db where it has the opposite sign. In the first layer the inputs show that exactly,
 * in the others activations that point away from the right ones in every example.
 */
function withSignOfWeights(seen: readonly Seen[]): readonly Seen[] {
  const isExact = seen.every(
    ({ shown: [{ dz, db, isProduct }] }) => isProduct && dz.some((x) => x !== 0) && areClose(dz, negated(db)),
  );
  if (!isExact) return seen;
  const opposite = seen[0].shown.map((_, l) =>
    seen.every(({ example, shown }) => isAway(shown[l].x, example.layers[l].x)),
  );
  return seen.map(({ example, shown }) => ({
    example,
    shown: shown.map((one, l) => (opposite[l] ? shownOf(example.layers[l], one.dW, negated(one.db)) : one)),
  }));
}

const isAway = (own: Float64Array | null, right: Float64Array): boolean => own !== null && dot(own, right) < 0;

const negated = (values: Float64Array): Float64Array => values.map((x) => -x);

function seenIn(network: NetworkSpec, answers: readonly Single[]): Seen[] {
  return answers.map(({ parameters, batch, gradients }) => {
    const [example] = examplesOf(network, parameters, batch);
    const shown = example.layers.map((layer, l) => {
      const { weights, bias } = tensorsOf(gradients, l);
      const dW = Float64Array.from(weights.values);
      const own = shownOf(layer, dW, Float64Array.from(bias.values));
      return hasBias(network, l) ? own : { ...own, db: own.dz };
    });
    return { example, shown };
  });
}

/** The dz of a layer as some part of the engine has it, one per example. */
type View = readonly Float64Array[];

/** From the output down: each layer's dz given that of the layer above, then dW and db given dz. */
function told(network: NetworkSpec, seen: readonly Seen[]): readonly Found[] {
  if (seen.some(({ shown }) => shown.some(({ dW, db }) => ![...dW, ...db].every(Number.isFinite)))) return [];
  const out: Found[] = [];
  let above: Above = { views: [seen.map(() => new Float64Array())], inUse: () => null };
  for (let l = network.layers.length - 1; l >= 0; l--) {
    const layer = judge(network, l, seen, above);
    const last = out.at(-1);
    if (last?.place === `dz${l + 2}` && layer.given === above.views.at(-1)) out[out.length - 1] = alone(last, l + 2);
    out.push(...layer.told);
    above = layer;
  }
  return out;
}

/** A wrong dz that is not what goes back to the layer below. */
function alone(one: Found, n: number): Found {
  const more = `What goes back is right.`;
  if (one.kind !== 'factor') return { ...one, text: `${one.text} That is so in dW${n} and db${n} alone. ${more}` };
  const text = one.text.replace(`dz${n} is`, `dW${n} and db${n} are`).replace('right one', 'right ones');
  return { ...one, place: `dW${n}`, text: `${text} ${more}` };
}

/** dz of a layer of any example, as far as it is known what the engine computes; null: no layer. */
type InUse = (example: Example) => Float64Array | null;

/** The layer above. */
interface Above {
  readonly views: readonly View[];
  readonly inUse: InUse;
}

interface Place {
  readonly network: NetworkSpec;
  readonly l: number;
  readonly seen: readonly Seen[];
  readonly above: readonly View[];
  readonly inUse: InUse;
}

interface Judged extends Above {
  readonly told: readonly Found[];
  /** Its dz as dW has it, as db has it if that is another one, and as it should be. */
  readonly views: readonly View[];
  /** The dz of the layer above that it was made of. */
  readonly given: View;
}

function judge(network: NetworkSpec, l: number, seen: readonly Seen[], { views: above, inUse }: Above): Judged {
  const rules = rulesFor(network, l);
  const all = seen.map(({ example, shown }) => ({ example, shown: shown[l] }));
  const ofWeights: View = all.map(({ shown }) => shown.dz);
  const ofBias: View = all.map(({ shown }) => shown.db);
  const isProduct = all.every(({ shown }) => shown.isProduct);
  const isSame = all.every(({ shown }) => isSameScore(shown));
  const inWeights = isProduct ? explained({ network, l, seen, above, inUse }, rules, ofWeights) : null;
  const inBias = isSame ? inWeights : explained({ network, l, seen, above, inUse }, rules, ofBias);
  const right = (n: number, view: View): Float64Array => rightOf(network, l, seen[n].example, rules, view[n]);
  const given = inWeights?.above ?? inBias?.above ?? above[0];
  const views: View[] = [ofWeights, ...(isSame ? [] : [ofBias]), seen.map((_, n) => right(n, given))];
  const use =
    ({ fits: [fit] }: Explained): InUse =>
    (example) =>
      fit.rule.at(example, inUse(example))?.map((x) => fit.factor * x) ?? null;
  const best = inWeights ?? inBias;
  const here = {
    views,
    given,
    inUse: best === null ? (e: Example) => rightOf(network, l, e, rules, inUse(e) ?? e.t) : use(best),
  };
  const isRight = (one: Explained | null): boolean =>
    one !== null && one.fits[0].rule.isRight && one.fits[0].factor === 1;
  const score = (one: Explained | null, dz: View, only?: 'W' | 'b'): Found => {
    const found = one?.fits ?? [];
    const isLast = l === network.layers.length - 1;
    const observed = seen.map(({ example }, n) => ({ example, dz: dz[n], above: isLast ? null : above[0][n] }));
    const rights = seen.map((_, n) => right(n, above[0]));
    const others = found.length === 0 && isLast ? otherOutputs(network, observed) : null;
    const deviation = others ?? (found.length > 0 ? null : deviationOf(network, l, observed, rights));
    return tellScore(network, l, found, { deviation, only });
  };
  const isZero = isSame && ofBias.every((dz) => dz.every((x) => x === 0));
  if (isSame && (!isZero || isRight(inWeights)))
    return { told: isRight(inWeights) ? [] : [score(inWeights, ofBias)], ...here }; // db has all digits of dz
  const [goodW, goodB] = [isRight(inWeights), isRight(inBias)];
  const trusted: View = goodW ? ofWeights : goodB ? ofBias : seen.map((_, n) => right(n, given));
  const ones = all.map((one, n) => ({ ...one, dz: trusted[n], every: seen[n].shown.map(({ dz }) => dz) }));
  const ofW = goodW ? null : weightFit(l, ones);
  const ofB = goodB ? null : biasFit(l, ones);
  const out: Found[] = [];
  if (!goodW)
    out.push(ofW === null && inWeights !== null ? score(inWeights, ofWeights, 'W') : tellTensor(network, l, 'W', ofW));
  if (!goodB) out.push(ofB === null && inBias !== null ? score(inBias, ofBias, 'b') : tellTensor(network, l, 'b', ofB));
  return { told: out, ...here, views: goodW || !goodB ? views : [ofBias, ofWeights, views[views.length - 1]] };
}

interface Explained {
  readonly fits: readonly Fit[];
  readonly above: View;
}

/** The formulas for the dz of a layer, given one of the views of the layer above; null: none. */
function explained({ network, l, seen, above, inUse }: Place, rules: Rules, dz: View): Explained | null {
  let best: Explained | null = null;
  let made: ReturnType<typeof elsewhere> | undefined;
  const others = (): ReturnType<typeof elsewhere> => (made ??= elsewhere(network, inUse));
  const isLast = l === network.layers.length - 1;
  for (const view of above) {
    const observed = seen.map(({ example }, n): Observed => ({ example, dz: dz[n], above: isLast ? null : view[n] }));
    const found = fits(rules, observed, others);
    if (found.length > 0 && (best === null || costOf(found) < costOf(best.fits))) best = { fits: found, above: view };
    if (best !== null && costOf(best.fits) === 0) break;
  }
  return best;
}

/** 0 for the right formula. */
function costOf([{ rule, factor }]: readonly Fit[]): number {
  return rule.cost + (factor === 1 ? 0 : FACTOR);
}

/** A factor is likelier than another formula. */
const FACTOR = 0.25;

/** Examples that the engine was not asked for, to tell formulas apart. */
function elsewhere(network: NetworkSpec, inUse: InUse): Omit<Observed, 'dz'>[] {
  const batch = randomBatch(network, ELSEWHERE, SEED + 1, true);
  const examples = examplesOf(network, randomParameters(network, SEED + 1), batch);
  return examples.map((example) => {
    const above = inUse(example)?.map((x, i) => (x === 0 ? i + 1 : x)) ?? null;
    return { example, above };
  });
}

function rightOf(network: NetworkSpec, l: number, example: Example, rules: Rules, above: Float64Array): Float64Array {
  if (l === network.layers.length - 1) return rightStart(network, example);
  return rules.right.at(example, above) ?? example.layers[l].z.map(() => NaN);
}
