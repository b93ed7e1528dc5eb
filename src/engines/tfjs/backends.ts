// Names of TensorFlow.js's backends, and the packages that contain them. Nothing here needs
// TensorFlow.js to be installed.

/**
 * node: native TensorFlow; wasm: XNNPACK kernels; cpu: plain JavaScript. auto: the first of these
 * that loads.
 */
export const BACKENDS = ['auto', 'node', 'wasm', 'cpu'] as const;
/** One of BACKENDS: a backend by name, or auto. */
export type BackendChoice = (typeof BACKENDS)[number];
/** A backend by name. */
export type BackendId = Exclude<BackendChoice, 'auto'>;

/** The version that the peer dependencies name, and that everything was measured with. */
export const TFJS_VERSION = '4.22.0';

const PACKAGES = { cpu: '@tensorflow/tfjs', wasm: '@tensorflow/tfjs-backend-wasm', node: '@tensorflow/tfjs-node' };

/** The command that installs what these backends need. */
export function howToInstall(...backends: readonly BackendId[]): string {
  return ['npm install', ...backends.map((id) => `${PACKAGES[id]}@${TFJS_VERSION}`)].join(' ');
}
