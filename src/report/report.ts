// The report of a run: one document. Repeating the same command changes nothing but `timing`.
import type { CaseCheck } from '../check/expected/case-check.ts';
import type { Timing } from '../check/compare.ts';
import type { EngineInfo } from '../check/engine-info.ts';
import type { FreeRun } from '../check/run/free-run.ts';
import type { GradientCheck } from '../check/gradient-check.ts';
import type { Lockstep } from '../check/run/lockstep.ts';
import type { UpdateCheck } from '../check/update-check.ts';
import type { Verdict } from '../check/verdict.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';

/** Increases when a field changes its meaning or is removed. */
export const SCHEMA_VERSION = 1;

/** The settings of a run, with every default filled in. */
export interface Settings {
  readonly dataset: string;
  readonly trainSize: number;
  readonly testSize: number;
  readonly scale: string;
  readonly network: NetworkSpec;
  readonly initializer: string;
  readonly optimizer: OptimizerSpec;
  readonly batchSize: number;
  readonly epochs: number;
  readonly steps: number;
  readonly seed: number;
  /** A mistake injected into the candidate on purpose. */
  readonly fault: string | null;
}

/** The software and machine of a run. */
export interface Environment {
  readonly backproof: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
}

/** Milliseconds and MiB: the only part that differs from run to run. */
export type RunTiming = Partial<Timing> & {
  readonly startedAt: string;
  readonly peakResidentMiB: number;
};

/** One figure compared with its baseline. */
export interface BaselineFigure {
  readonly figure: 'accuracy' | 'finalLoss';
  readonly side: 'candidate' | 'reference';
  readonly value: number | null;
  readonly baseline: number;
  /** The worst value that passes. */
  readonly limit: number;
  readonly regressed: boolean;
}

/** A run compared with a committed baseline. */
export interface BaselineCheck {
  readonly file: string;
  readonly regressed: boolean;
  readonly figures: readonly BaselineFigure[];
}

interface Head {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  /** The command that repeats the run. */
  readonly command: string;
  readonly verdict: Verdict;
  readonly candidate: EngineInfo;
  readonly reference: EngineInfo;
}

/** Pictures to draw, if the inputs of the network are pictures. */
export interface Pictures {
  readonly rows: number;
  readonly cols: number;
  /**
   * The weights of the first layer, one picture per unit: one byte per pixel, unit after unit, in
   * base64. Byte b stands for (b - 128) / 127 · scale.
   */
  readonly weights: {
    readonly units: number;
    /** How many are included, from the first unit on. */
    readonly shown: number;
    /** Largest |weight| of both sides, and largest |candidate - reference|. */
    readonly scale: number;
    readonly differenceScale: number;
    /** How many of the shown weights are NaN or infinite: byte 0. */
    readonly notFinite: { readonly candidate: number; readonly reference: number };
    readonly candidate: string;
    readonly reference: string;
    readonly difference: string;
  };
  /** Test examples that at least one side labels wrong; null if training did not finish. */
  readonly digits: {
    /** How many each side labels wrong, and on how many they differ. */
    readonly wrong: { readonly candidate: number; readonly reference: number };
    readonly differing: number;
    /** First those on which the sides differ, then the others in their order, up to a limit. */
    readonly shown: readonly WrongDigit[];
  } | null;
}

/** A test example that at least one side labels wrong. */
export interface WrongDigit {
  /** Index in the test set. */
  readonly index: number;
  readonly label: number;
  readonly candidate: number;
  readonly reference: number;
  /** rows · cols bytes in base64; 0 is no ink. */
  readonly pixels: string;
}

/** The report of `backproof compare`. */
export interface CompareReport extends Head {
  readonly kind: 'compare';
  readonly settings: Settings;
  readonly gradientCheck: GradientCheck;
  readonly lockstep: Lockstep;
  readonly freeRun: FreeRun;
  /** null if the inputs are not pictures. */
  readonly pictures: Pictures | null;
  /** null if no baseline was requested. */
  readonly baseline: BaselineCheck | null;
  readonly interrupted: boolean;
  readonly environment: Environment;
  readonly timing: RunTiming;
}

/** The report of `backproof gradcheck`. */
export interface GradcheckReport extends Head {
  readonly kind: 'gradcheck';
  /** null for case files, which bring their own network and batch. */
  readonly settings: Settings | null;
  readonly gradientCheck: GradientCheck | null;
  readonly updateCheck: UpdateCheck | null;
  readonly cases: readonly CaseCheck[];
  readonly environment: Environment;
  readonly timing: RunTiming;
}

/** The report of a command that checks. */
export type Report = CompareReport | GradcheckReport;
