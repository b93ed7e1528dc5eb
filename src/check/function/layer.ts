// A layer as the checks of this folder see it, and the adapter for layers that are classes.

/** A layer: a function of inputs and parameters with its backward pass by hand. */
export interface Layer {
  /** Outputs: any tree of numbers. */
  forward(inputs: unknown, parameters: unknown): unknown;
  /**
   * From ∂L/∂outputs: ∂L/∂inputs and ∂L/∂parameters. It is called after forward with the same
   * arguments.
   */
  backward(dOutputs: unknown, inputs: unknown, parameters: unknown): LayerGradients | Promise<LayerGradients>;
}

/** Gradients of a layer's inputs and parameters; what is not there is not checked. */
export interface LayerGradients {
  readonly inputs?: unknown;
  readonly parameters?: unknown;
}

/** How a layer that keeps what it needs is used. */
export interface LayerUse<L> {
  /** Puts parameters into the layer. */
  readonly set?: (layer: L, parameters: unknown) => void;
  /** Answers the outputs. */
  readonly forward: (layer: L, inputs: unknown) => unknown;
  /** Answers ∂L/∂inputs. */
  readonly backward: (layer: L, dOutputs: unknown) => unknown;
  /** The gradients that backward left in the layer, in the form of the parameters. */
  readonly gradients?: (layer: L) => unknown;
}

/**
 * A layer that is a class with a cache, as checkLayer takes it: one object is used throughout, so
 * that what it keeps between calls is put to the test too.
 *
 * `layerOf(new Dense(3, 2), { set: (l, p) => { l.W = p.W; }, forward: (l, x) => l.forward(x),
 * backward: (l, dy) => l.backward(dy), gradients: (l) => ({ W: l.dW }) })`
 */
export function layerOf<L>(layer: L, { set, forward, backward, gradients }: LayerUse<L>): Layer {
  return {
    forward(inputs, parameters) {
      set?.(layer, parameters);
      return forward(layer, inputs);
    },
    async backward(dOutputs) {
      const inputs = await backward(layer, dOutputs);
      return { inputs, ...(gradients !== undefined && { parameters: copyOf(gradients(layer)) }) };
    },
  };
}

/** What a layer holds may be written over by its next call. A class stays one, with its getters. */
function copyOf(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return value instanceof DataView ? value : (value as Float64Array).slice();
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null) return value;
  const own = Object.getOwnPropertyDescriptors(value);
  for (const property of Object.values(own)) if ('value' in property) property.value = copyOf(property.value);
  return Object.create(Object.getPrototypeOf(value) as object | null, own);
}
