// Names of TensorFlow.js's backends, and the packages that contain them. Nothing here needs
// TensorFlow.js to be installed.
import type { NetworkSpec } from '../../network/spec.ts';
import type { ArithmeticId } from '../../numeric/bounds/arithmetic.ts';

/**
 * node: native TensorFlow; wasm: XNNPACK kernels; cpu: plain JavaScript. auto: the first of these
 * that loads. webgl, webgpu: graphics processors, in a browser that is started for it.
 */
export const BACKENDS = ['auto', 'node', 'wasm', 'cpu', 'webgl', 'webgpu'] as const;
/** One of BACKENDS: a backend by name, or auto. */
export type BackendChoice = (typeof BACKENDS)[number];
/** A backend by name. */
export type BackendId = Exclude<BackendChoice, 'auto'>;

/** Backends that run in a browser. */
export const BROWSER_BACKENDS = ['webgl', 'webgpu'] as const satisfies readonly BackendId[];
/** One of BROWSER_BACKENDS. */
export type BrowserBackend = (typeof BROWSER_BACKENDS)[number];

/** Bits that a backend stores numbers in between operations: WebGL may have only 16. */
export type Bits = 16 | 32;

export function inBrowser(backend: BackendChoice): backend is BrowserBackend {
  return (BROWSER_BACKENDS as readonly BackendChoice[]).includes(backend);
}

/**
 * A browser's backends compute in shaders. Undefined for the others: they follow IEEE 754.
 * @param bits that it stores numbers in
 */
export function arithmeticOf(backend: BackendChoice, bits: Bits = 32): ArithmeticId | undefined {
  if (!inBrowser(backend)) return undefined;
  return bits === 32 ? 'gpu' : 'gpu16';
}

/** The network, judged by the arithmetic of this backend. */
export function inArithmeticOf(network: NetworkSpec, backend: BackendChoice, bits: Bits = 32): NetworkSpec {
  const arithmetic = arithmeticOf(backend, bits);
  return arithmetic === undefined ? network : { ...network, arithmetic };
}

/** The version that the peer dependencies name, and that everything was measured with. */
export const TFJS_VERSION = '4.22.0';

const PACKAGES: Readonly<Record<BackendId, string>> = {
  cpu: '@tensorflow/tfjs',
  wasm: '@tensorflow/tfjs-backend-wasm',
  node: '@tensorflow/tfjs-node',
  webgl: '@tensorflow/tfjs', // which brings it along
  webgpu: '@tensorflow/tfjs-backend-webgpu',
};

/** The command that installs what these backends need. */
export function howToInstall(...backends: readonly BackendId[]): string {
  return ['npm install', ...backends.map((id) => `${PACKAGES[id]}@${TFJS_VERSION}`)].join(' ');
}
