// backproof faults: lists the known mistakes by the step in which they are made, or explains one.
import type { Fault } from '../../faults/fault.ts';
import { placeOf, STEPS } from '../../faults/places.ts';
import type { Choices, Place } from '../../faults/places.ts';
import { FAULTS, FAULT_IDS, faultName } from '../../faults/registry.ts';
import type { FaultId } from '../../faults/registry.ts';
import { EXIT } from '../../program/exit-codes.ts';
import type { Io } from '../../program/io.ts';
import { DATASET_DEFAULTS, DEFAULTS } from '../arguments/defaults.ts';
import { sentence, table, widthOf, wrapped } from '../arguments/help.ts';
import { program } from '../environment.ts';
import type { Options } from '../options.ts';

/** Data sets of the commands shown: a run takes seconds. Pictures are the last resort. */
const DATASET = 'moons';
const SETS = [
  { name: DATASET, options: '', inputs: 2, classes: 2 },
  { name: 'mnist', options: ' --batch-size 8', inputs: 784, classes: 10 },
] as const;

/** The network of those commands, as far as a mistake does not ask for another. */
const BASE: Choices = {
  hidden: DATASET_DEFAULTS[DATASET].hidden,
  layers: '',
  activation: DEFAULTS.activation,
  output: DEFAULTS.output,
  loss: 'cross-entropy',
  optimizer: DEFAULTS.optimizer,
  scale: DEFAULTS.scale,
  penalty: '',
  training: '',
};

interface Known {
  readonly id: FaultId;
  readonly fault: Fault;
  readonly place: Place;
  readonly data: (typeof SETS)[number];
}

export async function runFaults(options: Options, io: Io): Promise<number> {
  const [name] = options.name?.split('@') ?? [];
  const all = FAULT_IDS.filter((id) => name === undefined || id === name).map(known);
  if (options.json === true) {
    const document = { schemaVersion: 1, kind: 'faults', faults: all.map(asJson) };
    io.out(`${JSON.stringify(document, null, 1)}\n`);
  } else {
    io.out(name === undefined ? listed(all, io) : all.map((one) => explained(one, io)).join('\n'));
  }
  return Promise.resolve(EXIT.agree);
}

function known(id: FaultId): Known {
  const fault = FAULTS[id];
  for (const changes of [1, 2] as const)
    for (const data of SETS) {
      const place = placeOf(fault, BASE, data, changes);
      if (place !== null) return { id, fault, place, data };
    }
  throw new Error(`${id} cannot be made in any network`);
}

function listed(all: readonly Known[], io: Io): string {
  const left = Math.max(...all.map(({ id }) => id.length)) + 2;
  const width = io.outIsTty ? widthOf(io) : Infinity; // otherwise one line each, for grep
  const groups = STEPS.map((step) => {
    const rows = all
      .filter(({ place }) => place.step === step)
      .map(({ id, fault }) => [`  ${id}`, fault.description] as const);
    return `${sentence(step).slice(0, -1)}\n${table(rows, width, left)}\n`;
  });
  return [
    `${all.length} known mistakes. The checks name them, and --fault puts one in.\n`,
    ...groups,
    '`backproof faults NAME` explains one, with its fix and the command that puts it in.\n',
  ].join('\n');
}

function explained(one: Known, io: Io): string {
  const { id, fault, place } = one;
  const limits = Object.entries(place.only).map(([name, values]) =>
    name === 'penalty' || name === 'training' ? values.join(' or ') : `--${name} ${values.join(', ')}`,
  );
  const rows: [string, string][] = [
    ...(fault.formula === undefined ? [] : [['Wrong:', fault.formula] as [string, string]]),
    ['Fix:', fault.remedy],
    ['Made in:', [place.step, layersOf(one)].filter((text) => text !== '').join(', ')],
    ...(limits.length === 0 ? [] : [['Only with:', limits.join('; ')] as [string, string]]),
    ['Found by:', FOUND_BY[fault.stage]],
  ];
  const width = widthOf(io);
  return `${id}\n\n${wrapped(sentence(fault.description), width).join('\n')}\n\n${table(rows, width)}\n\nPut it in:\n  ${command(one)}\n`;
}

const FOUND_BY: Record<Fault['stage'], string> = {
  gradient: 'the gradients of one batch',
  loss: 'the loss of one batch',
  again: 'the gradients of a second batch',
  update: 'an update with right gradients',
  'train-step': 'a whole training step',
};

/** Where it can be made in the network of the command. */
function layersOf({ fault, place }: Known): string {
  const layers = fault.layers(place.setting).filter((layer) => layer !== null);
  if (layers.length === 0) return '';
  const { length } = place.setting.network.layers;
  const numbers = layers.map((layer) => layer + 1).join(' or ');
  return `layer ${numbers} of the ${length} in the network below`;
}

/** The command that puts it in, in a run of seconds. */
function command({ id, fault, place: { choices, setting }, data }: Known): string {
  const name = ['gradient', 'loss', 'update'].includes(fault.stage) ? 'gradcheck' : 'compare';
  const others = (Object.keys(choices) as (keyof Choices)[])
    .filter((key) => String(choices[key]) !== String(BASE[key]))
    .filter((key) => key !== 'hidden' || choices.layers === '')
    .map((key) => {
      if (key === 'penalty' || key === 'training') return ` ${choices[key]}`;
      return ` --${key} ${String(choices[key])}${key === 'layers' ? `,dense:${data.classes}` : ''}`;
    });
  const [layer = null] = fault.layers(setting);
  return `${program()} ${name} --dataset ${data.name}${data.options}${others.join('')} --fault ${faultName({ id, layer })}`;
}

function asJson(one: Known): unknown {
  const { id, fault, place } = one;
  return {
    name: id,
    madeIn: place.step,
    stage: fault.stage,
    description: fault.description,
    wrongFormula: fault.formula ?? null,
    fix: fault.remedy,
    onlyWith: place.only,
    command: command(one),
  };
}
