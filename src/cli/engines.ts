// Makes the engines of a run from its options.
import { createRequire } from 'node:module';
import type { ConventionVariant } from '../candidates/engine.ts';
import type { FaultInjector } from '../check/diagnosis/diagnose.ts';
import type { Pair } from '../check/pair.ts';
import type { BoundsOfStep } from '../check/run/checked-run.ts';
import type { OutputBounds } from '../check/run/test-set.ts';
import { injectionOf, parseFault } from '../faults/registry.ts';
import type { Setting } from '../faults/fault.ts';
import type { Engine, EngineFactory, EngineId } from '../engines/engine.ts';
import { createEngine } from '../engines/registry.ts';
import type { EngineOptions } from '../engines/engine-options.ts';
import type { EngineThreads } from '../engines/threads/threads.ts';
import { inArithmeticOf, inBrowser } from '../engines/tfjs/backends.ts';
import type { Bits } from '../engines/tfjs/backends.ts';
import { UsageError } from '../errors.ts';
import { countMultiplications } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { TfjsVariant } from '../network/case.ts';
import { DEFAULTS } from './arguments/defaults.ts';
import type { CandidateSource } from './candidate.ts';
import type { Options } from './options.ts';

export interface Factories extends Pair<EngineFactory> {
  readonly exact: EngineFactory;
  /** Makes the hand-written network in binary64 with a mistake put in. */
  readonly injector: FaultInjector;
  /** Present where the candidate is a user's. */
  readonly variants?: readonly ConventionVariant[];
  /** Present where the candidate or the reference is not a single-precision engine. */
  readonly f32Baseline?: EngineFactory;
  /** Present where there are threads. */
  readonly bounds?: BoundsOfStep;
  readonly outputBounds?: OutputBounds;
  /** Present where the network is small enough for a graph of scalars. */
  readonly graph?: EngineFactory;
}

export const DEFAULT_ENGINE: EngineId = DEFAULTS.engine;

/**
 * Parameters up to which the scalar graph takes part: it makes a few objects per parameter and
 * example.
 */
const GRAPH_UP_TO = 5000;

/**
 * The scaling that a mistake in scaling is diagnosed with for a case file, which does not say how
 * its inputs were scaled.
 */
export const BYTES = { mean: 0, deviation: 255 };

/**
 * The reference: TensorFlow.js by default. Where that is not installed, a candidate is compared
 * with the hand-written engine.
 */
export function referenceOf(options: Options, candidate: CandidateSource | null): EngineId {
  const missing = candidate !== null && options.backend === undefined && !isInstalled('@tensorflow/tfjs');
  return options.reference ?? (missing ? 'vector' : DEFAULTS.reference);
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * The network, judged by the arithmetic of the least exact engine that these options choose.
 * @param bits that the backend stores numbers in
 */
export function judged(network: NetworkSpec, options: Options, bits: Bits = 32): NetworkSpec {
  return hasTfjs(options) ? inArithmeticOf(network, options.backend ?? DEFAULTS.backend, bits) : network;
}

/** Bits that the least exact engine stores numbers in. It starts the backend, if that decides. */
export async function bitsOfEngines(options: Options): Promise<Bits> {
  if (!hasTfjs(options) || options.backend !== 'webgl') return 32;
  const { bitsOfBackend } = await import('../engines/tfjs/tfjs.ts');
  return bitsOfBackend(options.backend);
}

function hasTfjs({ engine = DEFAULT_ENGINE, reference = DEFAULTS.reference }: Options): boolean {
  return [engine, reference].includes('tfjs');
}

/** What may take part in a run besides its options. */
export interface Parts {
  readonly variant?: TfjsVariant | null;
  readonly candidate?: CandidateSource | null;
  /** For the engines that train; null or missing: all are in the caller's thread. */
  readonly threads?: EngineThreads | null;
}

/** @throws UsageError on options that do not go together */
export function createFactories(
  setting: Setting,
  options: Options,
  { variant = null, candidate = null, threads = null }: Parts = {},
): Factories {
  const { network, optimizer } = setting;
  const [engine, reference] = [options.engine ?? DEFAULT_ENGINE, referenceOf(options, candidate)];
  if (options.fault !== undefined && engine !== 'vector') throw new UsageError('--fault needs --engine vector');
  const fault = options.fault === undefined ? null : parseFault(options.fault, setting);
  const shared: EngineOptions = {
    backend: options.backend ?? DEFAULTS.backend,
    variant,
    ...(options.threads !== undefined && { threads: options.threads }),
  };
  const make = (id: EngineId, more: EngineOptions = {}): Promise<Engine> =>
    createEngine(id, network, optimizer, { ...shared, ...more });
  /** In a thread, if there are threads: TensorFlow.js has one for all its engines. */
  const beside =
    (name: string, id: EngineId, more: EngineOptions = {}): EngineFactory =>
    () =>
      threads === null || (id === 'tfjs' && inBrowser(options.backend ?? DEFAULTS.backend)) // a page is beside already
        ? make(id, more)
        : threads.open(id === 'tfjs' ? id : name, { id, network, optimizer, options: { ...shared, ...more } });
  const dtype = options.dtype !== undefined && { dtype: options.dtype };
  const own: EngineFactory =
    fault === null
      ? beside('candidate', engine, { ...dtype })
      : () => make(engine, { ...dtype, injection: injectionOf(fault, setting) });
  const allSingle =
    (candidate?.conventions.dtype ?? options.dtype) !== 'f64' && engine !== 'autograd' && reference !== 'autograd';
  return {
    candidate: candidate?.factory(network, optimizer) ?? own,
    ...(candidate !== null && { variants: candidate.variants(network, optimizer) }),
    reference: beside('reference', reference),
    exact: beside('exact', 'vector', { dtype: 'f64' }),
    injector: { setting, inject: (injection) => make('vector', { dtype: 'f64', injection }) },
    ...(!allSingle && { f32Baseline: beside('f32Baseline', 'vector', { dtype: 'f32' }) }),
    ...(threads !== null && {
      bounds: threads.bounds(['bounds', 'more bounds'], network),
      outputBounds: threads.outputs('bounds', network),
    }),
    ...(countMultiplications(network) <= GRAPH_UP_TO && { graph: () => make('autograd') }),
  };
}
