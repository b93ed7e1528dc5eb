// All known mistakes by name. They have two uses: injected into the hand-written engine (`--fault
// NAME@LAYER`), they show that the check catches them; computed in binary64, they are compared with
// wrong numbers to name the mistake.
import type { FaultInjection } from '../engines/engine.ts';
import { UsageError, lookUp } from '../errors.ts';
import { BACKWARD, lookedUp } from '../ops/backward-rules.ts';
import type { BackwardRules } from '../ops/piece-fault.ts';
import type { BATCH_NORM_FAULTS } from '../ops/layers/batch-norm-faults.ts';
import type { CONVOLUTION_FAULTS } from '../ops/layers/conv2d-faults.ts';
import type { DROPOUT_FAULTS } from '../ops/layers/dropout-faults.ts';
import type { NormalizationFaultId } from '../ops/layers/normalization-faults.ts';
import type { AVERAGE_POOL_FAULTS, MAX_POOL_FAULTS } from '../ops/layers/pool-faults.ts';
import { optimizerPages } from '../ops/optimizers/registry.ts';
import { LAYER_PAGES, LOSS_PAGES, activationPages, layerPages, lossPages } from '../ops/registry.ts';
import { penaltyPages } from '../ops/penalties/registry.ts';
import { ACTIVATION_FAULTS, wrongDerivatives } from './activation.ts';
import type { Fault, Setting } from './fault.ts';
import { GRADIENT_FAULTS } from './gradient.ts';
import { OPTIMIZER_FAULTS, faultsOn } from './optimizer.ts';
import { faultsOfLayers, faultsOfPieces } from './pieces.ts';
import { PENALTY_FAULTS, faultsOfPenalties } from './penalty.ts';
import { SEQUENCE_FAULTS } from './sequence.ts';
import { TRAINING_FAULTS } from './training.ts';

type NameOfLayers =
  | keyof typeof BATCH_NORM_FAULTS
  | keyof typeof DROPOUT_FAULTS
  | NormalizationFaultId
  | keyof typeof CONVOLUTION_FAULTS
  | keyof typeof MAX_POOL_FAULTS
  | keyof typeof AVERAGE_POOL_FAULTS;

const ALL = {
  ...GRADIENT_FAULTS,
  ...ACTIVATION_FAULTS,
  ...faultsOfPieces(LOSS_PAGES), // those not listed above
  ...(faultsOfLayers(LAYER_PAGES) as Record<NameOfLayers, Fault>),
  ...SEQUENCE_FAULTS,
  ...PENALTY_FAULTS,
  ...OPTIMIZER_FAULTS,
  ...TRAINING_FAULTS,
};
/** One of FAULT_IDS. */
export type FaultId = keyof typeof ALL;
/** Every built-in known mistake by name. */
export const FAULTS: Record<FaultId, Fault> = ALL;
/** The names of FAULTS. */
export const FAULT_IDS = Object.keys(FAULTS) as FaultId[];

/** FAULTS, then the mistakes of pages registered later. */
function allFaults(): Readonly<Record<string, Fault>> {
  const pages = activationPages();
  const elementwise = pages.filter((page) => page.kind === 'elementwise');
  return {
    ...FAULTS,
    ...wrongDerivatives(elementwise),
    ...faultsOfPieces(pages),
    ...faultsOfPieces(lossPages()),
    ...faultsOfLayers(layerPages()),
    ...faultsOfPenalties(penaltyPages()),
    ...faultsOn(optimizerPages()),
  };
}

/**
 * The known mistake with this name, including those of pages registered later.
 * @throws UsageError if there is none
 */
export function faultById(id: string): Fault {
  return Object.hasOwn(FAULTS, id) ? FAULTS[id as FaultId] : lookUp(allFaults(), id, 'mistake');
}

/** A mistake and where it is injected. */
export interface FaultAt {
  readonly id: FaultId;
  /**
   * From 0; null if it concerns the whole network; 'every' if a loop over the layers makes it in
   * all of them.
   */
  readonly layer: number | 'every' | null;
}

/** Every mistake at every place where it is possible. */
export function possibleFaults(setting: Setting): FaultAt[] {
  return Object.entries(allFaults()).flatMap(([id, { layers }]) =>
    layers(setting).map((layer) => ({ id: id as FaultId, layer })),
  );
}

/**
 * Mistakes that a loop over the layers makes in all of them: those possible in several layers that
 * change only the backward pass, or the order of its updates.
 */
export function faultsEverywhere(setting: Setting): FaultAt[] {
  return (Object.keys(allFaults()) as FaultId[])
    .filter((id) => placesInLoop(id, setting).length > 1)
    .map((id) => ({ id, layer: 'every' }));
}

function placesInLoop(id: FaultId, setting: Setting): number[] {
  const { layers, injection } = faultById(id);
  const places = layers(setting).filter((layer) => layer !== null);
  const backwardAlone = (layer: number): boolean =>
    Object.keys(injection(layer, setting)).every((part) => part === 'backward' || part === 'updatesEarly');
  return places.every(backwardAlone) ? places : [];
}

/**
 * A new injection, for one engine.
 * @param right the steps that it changes: the correct ones, or those of another mistake
 */
export function injectionOf({ id, layer }: FaultAt, setting: Setting, right = BACKWARD): FaultInjection {
  return layer === 'every' ? inEveryLayer(id, setting, right) : faultById(id).injection(layer ?? 0, setting, right);
}

function inEveryLayer(id: FaultId, setting: Setting, right: BackwardRules): FaultInjection {
  const places = placesInLoop(id, setting);
  const { injection } = faultById(id);
  const rules = new Map(places.map((at) => [at, { ...right, ...injection(at, setting, right).backward }]));
  const of = (layer: number): BackwardRules => rules.get(layer) ?? right;
  const updatesEarly = places.flatMap((at) => injection(at, setting, right).updatesEarly ?? []);
  if (updatesEarly.length > 0) return { updatesEarly };
  return { backward: lookedUp(of) };
}

/** "sign@2", "sign@every", or "loss-sign" */
export function faultName({ id, layer }: FaultAt): string {
  return layer === null ? id : `${id}@${layer === 'every' ? layer : layer + 1}`;
}

/**
 * Reads "sign@2" (layer 2), "sign@every", or "sign" (the first layer where it is possible).
 * @throws UsageError if there is no such fault, or it is impossible there
 */
export function parseFault(text: string, setting: Setting): FaultAt {
  const [name, at, ...more] = text.split('@');
  const { layers } = faultById(name);
  const id = name as FaultId;
  const places = layers(setting);
  if (at === 'every' && more.length === 0 && placesInLoop(id, setting).length > 1) return { id, layer: 'every' };
  const layer = at === undefined ? places[0] : /^\d+$/.test(at) && more.length === 0 ? Number(at) - 1 : undefined;
  if (layer !== undefined && places.includes(layer)) return { id, layer };
  const choices = places.map((place) => faultName({ id, layer: place })).join(', ');
  throw new UsageError(
    `fault "${text}": not possible in this network`,
    choices === '' ? 'choose another fault' : `choose one of ${choices}`,
  );
}
