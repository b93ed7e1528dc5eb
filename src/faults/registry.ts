// Known mistakes by name. They serve twice: put into the hand-written path (`--fault NAME@LAYER`) they show that the check catches what
// it claims to; computed in binary64 they are what wrong numbers are compared with to say which mistake it is.
import type { FaultInjection } from '../engines/engine.ts';
import { UsageError, lookUp } from '../errors.ts';
import { BACKWARD } from '../ops/backward-rules.ts';
import type { BackwardRules } from '../ops/piece-fault.ts';
import { optimizerPages } from '../ops/optimizers/registry.ts';
import { LOSS_PAGES, activationPages, lossPages } from '../ops/registry.ts';
import { ACTIVATION_FAULTS, wrongDerivatives } from './activation.ts';
import type { Fault, Setting } from './fault.ts';
import { GRADIENT_FAULTS } from './gradient.ts';
import { OPTIMIZER_FAULTS, faultsOn } from './optimizer.ts';
import { faultsOfPieces } from './pieces.ts';
import { SEQUENCE_FAULTS } from './sequence.ts';

const ALL = {
  ...GRADIENT_FAULTS,
  ...ACTIVATION_FAULTS,
  ...faultsOfPieces(LOSS_PAGES), // those that have no place among the others yet
  ...SEQUENCE_FAULTS,
  ...OPTIMIZER_FAULTS,
};
/** One of FAULT_IDS. */
export type FaultId = keyof typeof ALL;
/** Every known mistake by name. */
export const FAULTS: Record<FaultId, Fault> = ALL;
/** Their names. */
export const FAULT_IDS = Object.keys(FAULTS) as FaultId[];

/** Those, and after them what pages have that were registered later. */
function allFaults(): Readonly<Record<string, Fault>> {
  const pages = activationPages();
  const elementwise = pages.filter((page) => page.kind === 'elementwise');
  return {
    ...FAULTS,
    ...wrongDerivatives(elementwise),
    ...faultsOfPieces(pages),
    ...faultsOfPieces(lossPages()),
    ...faultsOn(optimizerPages()),
  };
}

/** The known mistake of this name, on a page that was registered later too. @throws UsageError if there is none */
export function faultById(id: string): Fault {
  return Object.hasOwn(FAULTS, id) ? FAULTS[id as FaultId] : lookUp(allFaults(), id, 'fault');
}

/** One mistake at one place. */
export interface FaultAt {
  readonly id: FaultId;
  /** From 0; null if it is one of the network as a whole; 'every' if it is made in a loop over all layers. */
  readonly layer: number | 'every' | null;
}

/** Every mistake at every place where it can be made. */
export function possibleFaults(setting: Setting): FaultAt[] {
  return Object.entries(allFaults()).flatMap(([id, { layers }]) =>
    layers(setting).map((layer) => ({ id: id as FaultId, layer })),
  );
}

/** The mistakes that a loop over the layers makes in all of them: of those that can be made in several, and only change the backward pass. */
export function faultsEverywhere(setting: Setting): FaultAt[] {
  return (Object.keys(allFaults()) as FaultId[])
    .filter((id) => placesInLoop(id, setting).length > 1)
    .map((id) => ({ id, layer: 'every' }));
}

function placesInLoop(id: FaultId, setting: Setting): number[] {
  const { layers, injection } = faultById(id);
  const places = layers(setting).filter((layer) => layer !== null);
  const backwardAlone = (layer: number): boolean =>
    Object.keys(injection(layer, setting)).every((part) => part === 'backward');
  return places.every(backwardAlone) ? places : [];
}

/** A fresh one, for one engine. */
export function injectionOf({ id, layer }: FaultAt, setting: Setting): FaultInjection {
  return layer === 'every' ? inEveryLayer(id, setting) : faultById(id).injection(layer ?? 0, setting);
}

function inEveryLayer(id: FaultId, setting: Setting): FaultInjection {
  const places = placesInLoop(id, setting);
  const { injection } = faultById(id);
  const rules = new Map(places.map((at) => [at, { ...BACKWARD, ...injection(at, setting).backward }]));
  const of = (layer: number): BackwardRules => rules.get(layer) ?? BACKWARD;
  return {
    backward: {
      loss: (layer, ...rest) => of(layer).loss(layer, ...rest),
      activation: (layer, ...rest) => of(layer).activation(layer, ...rest),
      layer: (layer, step) => of(layer).layer(layer, step),
    },
  };
}

/** "sign@2", "sign@every", or "loss-sign" */
export function faultName({ id, layer }: FaultAt): string {
  return layer === null ? id : `${id}@${layer === 'every' ? layer : layer + 1}`;
}

/** The mistake of "sign@2" (layer 2), of "sign@every", or of "sign" at the first layer where it is possible.
 * @throws UsageError if there is no such fault, or it cannot be made there. */
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
    `fault "${text}": not possible there in this network`,
    choices === '' ? 'choose another fault' : `choose one of ${choices}`,
  );
}
