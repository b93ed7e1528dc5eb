// Makes the engines of a self-test.
import type { Makers } from '../../selftest/makers.ts';
import { createEngine, lackOf } from '../../engines/registry.ts';
import { arithmeticOf } from '../../engines/tfjs/backends.ts';
import type { BackendId } from '../../engines/tfjs/backends.ts';

/**
 * Engines that the self-test can check: mistakes are put into vector, and wasm must detect them.
 */
export const TRIABLE = ['vector', 'wasm'] as const;
export type Triable = (typeof TRIABLE)[number];

export function makersOf(backends: readonly BackendId[], engine: Triable = 'vector'): Makers {
  const onTrial = {
    label: `${engine} f32`,
    make: (...[network, optimizer]: Parameters<Makers['graph']>) => createEngine(engine, network, optimizer),
    supports: (...[network, optimizer]: Parameters<Makers['graph']>) => lackOf(engine, network, optimizer).length === 0,
  };
  const others = backends.map((backend) => ({
    label: `tfjs ${backend}`,
    arithmetic: arithmeticOf(backend),
    make: (...[network, optimizer]: Parameters<Makers['graph']>) =>
      createEngine('tfjs', network, optimizer, { backend }),
  }));
  return {
    own: (network, optimizer, options) => createEngine('vector', network, optimizer, options),
    onTrial,
    graph: (network, optimizer) => createEngine('autograd', network, optimizer),
    others: engine === 'vector' ? others : [onTrial, ...others],
  };
}
