// Every known mistake with the network that it is shown in: the nearest to the usual one in which
// it can be made.
import { DEFAULTS } from '../../cli/arguments/defaults.ts';
import type { Dataset } from '../../data/dataset.ts';
import { placeOf } from '../../faults/places.ts';
import type { Choices, Place, Step } from '../../faults/places.ts';
import { FAULTS, FAULT_IDS, faultName, faultsEverywhere } from '../../faults/registry.ts';
import type { FaultAt, FaultId } from '../../faults/registry.ts';
import { describeNetwork } from '../../network/spec.ts';
import { datasetOf, problemWith } from '../work/problem.ts';
import type { Problem } from '../work/problem.ts';
import { BARS, makeBars } from './bars.ts';

/** A known mistake, as the page lists it. */
export interface Listed {
  readonly id: FaultId;
  readonly step: Step;
  readonly description: string;
  readonly formula: string | null;
  /** Where it can be made: "sign@1", "sign@every", or "loss-sign". */
  readonly places: readonly string[];
  /** The network in words. */
  readonly network: string;
  readonly optimizer: string;
  readonly data: string;
}

/** Points of two classes, and pictures for what only those show. */
const SETS = [
  {
    name: 'moons',
    width: { inputs: 2, classes: 2 },
    make: (): Dataset => datasetOf('moons'),
  },
  { name: 'bars', width: BARS, make: (): Dataset => makeBars(600, 300, DEFAULTS.seed) },
] as const;

/** The usual network: two hidden layers, so that there are places between. */
const BASE: Choices = {
  hidden: [8, 8],
  layers: '',
  activation: DEFAULTS.activation,
  output: DEFAULTS.output,
  loss: 'cross-entropy',
  optimizer: DEFAULTS.optimizer,
  scale: DEFAULTS.scale,
  penalty: '',
  training: '',
};

interface Found {
  readonly place: Place;
  readonly set: (typeof SETS)[number];
}

const found = new Map<FaultId, Found>();

/** @throws Error if it cannot be made in any network */
export function placeOfKnown(id: FaultId): Found {
  const known = found.get(id);
  if (known !== undefined) return known;
  for (const changes of [1, 2] as const)
    for (const set of SETS) {
      const place = placeOf(FAULTS[id], BASE, set.width, changes);
      if (place === null) continue;
      found.set(id, { place, set });
      return { place, set };
    }
  throw new Error(`${id} cannot be made in any network`);
}

export function listed(id: FaultId): Listed {
  const { place, set } = placeOfKnown(id);
  const { description, formula, layers } = FAULTS[id];
  const { network, optimizer } = place.setting;
  const each = layers(place.setting).map((layer): FaultAt => ({ id, layer }));
  const everywhere = faultsEverywhere(place.setting).filter((fault) => fault.id === id);
  return {
    id,
    step: place.step,
    description,
    formula: formula ?? null,
    places: [...each, ...everywhere].map(faultName),
    network: describeNetwork(network),
    optimizer: optimizer.id,
    data: set.name,
  };
}

const EPOCHS = 20;

/** The problem that a mistake is shown on, and the data set that it is made from. */
export function problemFor(id: FaultId): { readonly problem: Problem; readonly dataset: Dataset } {
  const { place, set } = placeOfKnown(id);
  const { network, optimizer } = place.setting;
  const dataset = set.make();
  const problem = problemWith({ dataset, network, optimizer, scale: place.choices.scale, epochs: EPOCHS });
  return { problem, dataset };
}

export function isKnown(id: string): id is FaultId {
  return (FAULT_IDS as readonly string[]).includes(id);
}
