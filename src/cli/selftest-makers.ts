// The engines of a self-test.
import type { Makers } from '../check/selftest/makers.ts';
import { createEngine } from '../engines/registry.ts';
import type { BackendId } from '../engines/tfjs/backend.ts';

export function makersOf(backends: readonly BackendId[]): Makers {
  return {
    own: (network, optimizer, options) => createEngine('vector', network, optimizer, options),
    graph: (network, optimizer) => createEngine('autograd', network, optimizer),
    others: backends.map((backend) => ({
      label: `tfjs ${backend}`,
      make: (network, optimizer) => createEngine('tfjs', network, optimizer, { backend }),
    })),
  };
}
