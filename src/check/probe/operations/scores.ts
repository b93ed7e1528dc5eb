// Which formula an engine's dz of one layer follows, given what came from the layer above.
import type { NetworkSpec } from '../../../network/spec.ts';
import { BACKWARD } from '../../../ops/backward-rules.ts';
import { activationOf, lossOf } from '../../../ops/registry.ts';
import { derivativesFor, rightDerivative } from './derivatives.ts';
import type { Derivative } from './derivative.ts';
import { dot } from '../../../numeric/norms.ts';
import { oneRow } from '../loss/pass.ts';
import type { Example, LayerOf } from './example.ts';
import { UNBRACKETED } from './precedence.ts';
import { lossStarts } from './loss-starts.ts';
import { inLayer, signalsFrom } from './signals.ts';
import { STARTS, rowDerivatives } from './starts.ts';
import type { Signal } from './signal.ts';

/** A formula for dz of a layer, up to a factor. */
export interface Rule {
  /** The right-hand side, without the factor. */
  readonly used: string;
  readonly cost: number;
  /** Whether it is the right formula. */
  readonly isRight: boolean;
  /** dz of one example; null where the formula makes no sense. */
  readonly at: (example: Example, above: Float64Array | null) => Float64Array | null;
  /** What is right in it, and what is not: for the sentence. */
  readonly part: { readonly signal: string; readonly derivative: string } | null;
  /**
   * What the update W ← W - dW of the layer above adds to it; missing where that makes no sense.
   */
  readonly updated?: (example: Example, above: Float64Array | null) => Float64Array;
}

/** What an engine had in one example: its dz, and what it had above. */
export interface Observed {
  readonly example: Example;
  readonly dz: Float64Array;
  /** dz of the layer above, as the engine has it; null in the last layer. */
  readonly above: Float64Array | null;
}

/** The formulas for dz of a layer. */
export interface Rules {
  readonly right: Rule;
  /** The others, the simplest first. There are thousands: made when they are needed. */
  readonly others: () => readonly Rule[];
}

/** Those of layer l (from 0). */
export function rulesFor(network: NetworkSpec, l: number): Rules {
  const isLast = l === network.layers.length - 1;
  const right: Rule = isLast
    ? { used: '', cost: 0, isRight: true, part: null, at: (e) => rightStart(network, e) }
    : hiddenRule(l, signalsFrom(l, network.layers.length)[0], rightOf(network, l));
  let made: readonly Rule[] | undefined;
  const make = (): Rule[] => (isLast ? startRules(network) : hiddenRules(network, l)).sort((p, q) => p.cost - q.cost);
  return { right, others: () => (made ??= make()) };
}

/** The right derivative of layer l; 1 where it has no elementwise activation. */
function rightOf(network: NetworkSpec, l: number): Derivative {
  const page = activationOf(network.layers[l].activation);
  return page.kind === 'elementwise' ? rightDerivative(page) : { text: '1', cost: 0, at: (z) => z.map(() => 1) };
}

function startRules(network: NetworkSpec): Rule[] {
  const last = network.layers.length - 1;
  const page = activationOf(network.layers[last].activation);
  const right_ = lossOf(network.loss);
  const starts = [...STARTS, ...lossStarts(network.loss)];
  const elementwise = page.kind === 'elementwise' ? derivativesFor(page) : [];
  const ofElements = starts.flatMap((start) =>
    elementwise.map((derivative): Rule => ({
      used: derivative.text === '1' ? start.text : `(${start.text}) ⊙ (${inLayer(derivative, last)})`,
      cost: 1 + start.cost + derivative.cost,
      isRight: false,
      part: { signal: start.text, derivative: derivative.text },
      at: (e) => {
        const [da, { z, a }] = [start.at(e, null), e.layers[last]];
        const slope = derivative.at(z, a);
        return da?.map((x, k) => x * slope[k]) ?? null;
      },
    })),
  );
  const ofRows = starts.flatMap((start) =>
    (page.kind === 'output' ? rowDerivatives(page.id) : []).map((derivative): Rule => ({
      used: derivative.text(start.text),
      cost: 1 + start.cost + derivative.cost,
      isRight: false,
      part: null,
      at: (e) => {
        const dp = start.at(e, null);
        return dp === null ? null : derivative.at(dp, e.layers[last].a, e.layers[last].z);
      },
    })),
  );
  return right_.from === 'scores' || page.kind === 'output' ? ofRows : ofElements;
}

/** Every formula with this signal asks for the same numbers. */
function remembered({ at, ...rest }: Signal): Signal {
  const known = new WeakMap<Example, { above: Float64Array | null; value: Float64Array | null }>();
  return {
    ...rest,
    at(example, above) {
      const before = known.get(example);
      if (before !== undefined && before.above === above) return before.value;
      const value = at(example, above);
      known.set(example, { above, value });
      return value;
    },
  };
}

/** In brackets, unless it is one name or number. */
function inside(formula: string): string {
  return formula.includes(' ') ? `(${formula})` : formula;
}

/** dz of the last layer of one example. */
export function rightStart(network: NetworkSpec, { layers, t }: Example): Float64Array {
  const last = layers.length - 1;
  const { z, a, activation } = layers[last];
  const page = lossOf(network.loss);
  const start = oneRow(new Float64Array(z.length));
  const kept = oneRow(a.slice());
  if (page.from === 'scores') page.forward(kept, oneRow(z), oneRow(t));
  BACKWARD.loss(last, network.loss, start, kept, oneRow(t));
  if (page.from === 'scores') return start.data;
  const dz = oneRow(new Float64Array(z.length));
  BACKWARD.activation(last, activation, dz, start, oneRow(z), oneRow(a));
  return dz.data;
}

function hiddenRules(network: NetworkSpec, l: number): Rule[] {
  const page = activationOf(network.layers[l].activation);
  if (page.kind !== 'elementwise') return [];
  const derivatives = derivativesFor(page);
  const signals = signalsFrom(l, network.layers.length);
  const ofOne = signals
    .map(remembered)
    .flatMap((signal) =>
      derivatives
        .filter(({ cost }) => signal.cost + cost > 0 && (signal.cost === 0 || cost <= WITH_OTHERS))
        .map((derivative) => hiddenRule(l, signal, derivative)),
    );
  return [...ofOne, ...elsewhereRules(network, l, signals[0]), ...unbracketedRules(l, page.id, signals[0])];
}

/** The right derivative without the brackets that it needs in a product. */
function unbracketedRules(l: number, activation: string, back: Signal): Rule[] {
  return (UNBRACKETED[activation] ?? []).map(([text, of]) => ({
    used: `${inLayer({ text }, l)} without brackets, with da = ${back.text}`,
    cost: 3,
    isRight: false,
    part: null,
    at: (e, above) => back.at(e, above)?.map((da, k) => of(da, e.layers[l].z[k], e.layers[l].a[k])) ?? null,
  }));
}

/** The right derivative at the scores of another layer of the same width. */
function elsewhereRules(network: NetworkSpec, l: number, back: Signal): Rule[] {
  const right = rightOf(network, l);
  const { units } = network.layers[l];
  const at = (text: string, of: (e: Example) => LayerOf): Rule => ({
    used: `${inside(back.text)} ⊙ ${inside(text)}`,
    cost: 1,
    isRight: false,
    part: { signal: back.text, derivative: text },
    at: (e, above) => {
      const [da, other] = [back.at(e, above), of(e)];
      if (da === null) return null;
      const slope = right.at(other.z, other.a);
      return da.map((x, k) => x * slope[k]);
    },
  });
  return network.layers.flatMap((layer, m) =>
    m !== l && layer.units === units ? [at(inLayer(right, m), ({ layers }) => layers[m])] : [],
  );
}

/** Two things at once are looked for only if each of them is simple. */
const WITH_OTHERS = 4;

function hiddenRule(l: number, signal: Signal, derivative: Derivative): Rule {
  const of = inLayer(derivative, l);
  const times = (da: Float64Array | null, { layers }: Example): Float64Array | null => {
    const slope = derivative.at(layers[l].z, layers[l].a);
    return da?.map((x, k) => x * slope[k]) ?? null;
  };
  const { from } = signal;
  return {
    used: derivative.text === '1' ? signal.text : signal.text === '1' ? of : `${inside(signal.text)} ⊙ ${inside(of)}`,
    cost: signal.cost + derivative.cost,
    isRight: signal.cost === 0 && derivative.cost === 0,
    part: { signal: signal.text, derivative: of },
    at: (e, above) => times(signal.at(e, above), e),
    ...(derivative.cost === 0 &&
      from !== undefined && {
        updated: (e, above) => {
          const s = from(e, above) ?? new Float64Array();
          return (
            times(
              e.layers[l].a.map((x) => -x * dot(above ?? s, s)),
              e,
            ) ?? s
          );
        },
      }),
  };
}
