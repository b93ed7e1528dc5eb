// The two engines of a training in a browser.
import { UsageError } from '../../errors.ts';
import type { Pair } from '../../check/pair.ts';
import type { EngineFactory } from '../../engines/engine.ts';
import { TfjsEngine } from '../../engines/tfjs/tfjs-engine.ts';
import { openInBrowser } from '../../engines/tfjs/in-browser.ts';
import type { OpenBackend } from '../../engines/tfjs/open.ts';
import { createVectorEngine } from '../../engines/vector/vector.ts';
import { lacksKernels } from '../../engines/wasm/known.ts';
import { createWasmEngine } from '../../engines/wasm/wasm.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { Choices, HandId } from './choices.ts';

/** Where the build puts these files. Written out, because it looks for exactly this. */
const WASM = {
  'tfjs-backend-wasm.wasm': new URL(
    '../../../node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm',
    import.meta.url,
  ).href,
  'tfjs-backend-wasm-simd.wasm': new URL(
    '../../../node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
    import.meta.url,
  ).href,
  'tfjs-backend-wasm-threaded-simd.wasm': new URL(
    '../../../node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm',
    import.meta.url,
  ).href,
};

type Problem = { readonly network: NetworkSpec; readonly optimizer: OptimizerSpec };

/** @throws UsageError if the engine does not have a piece of the network; EngineUnavailableError */
export function handFactory(engine: HandId, { network, optimizer }: Problem): EngineFactory {
  if (engine === 'vector') return async () => createVectorEngine(network, optimizer, { dtype: 'f32' });
  const lacks = lacksKernels(network, optimizer);
  if (lacks.length > 0) {
    const names = lacks.map(({ of, id }) => `${of} ${id}`).join(', ');
    throw new UsageError(`the WebAssembly engine has no kernel for ${names}`, 'choose the engine in plain TypeScript');
  }
  return () => createWasmEngine(network, optimizer, { threads: 1 });
}

/** Loads TensorFlow.js. @throws EngineUnavailableError if the browser lacks the backend */
export function openTfjs(backend: Choices['backend']): Promise<OpenBackend> {
  return openInBrowser(backend, WASM);
}

export function tfjsFactory(open: OpenBackend, { network, optimizer }: Problem): EngineFactory {
  return async () => new TfjsEngine(open, network, optimizer, null);
}

/** The hand-written engine and TensorFlow.js, for one network. */
export function factoriesOf(choices: Choices, open: OpenBackend, problem: Problem): Pair<EngineFactory> {
  return { candidate: handFactory(choices.engine, problem), reference: tfjsFactory(open, problem) };
}
