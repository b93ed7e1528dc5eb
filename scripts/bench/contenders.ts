// All contenders by name, and how to start each.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../src/errors.ts';
import { ENGINES } from '../../src/engines/engine.ts';
import { VENV_PYTHON } from './set-up.ts';
import type { Command } from './process.ts';

export type Group = 'own' | 'tfjs' | 'peers' | 'python';

export interface ContenderEntry {
  readonly id: string;
  readonly group: Group;
  /** Whether it takes part if no engines are named. */
  readonly usual: boolean;
  readonly command: Command;
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const TSX = createRequire(import.meta.url).resolve('tsx');

function typescript(file: string, argument: string): Command {
  return { program: process.execPath, args: ['--import', TSX, here(file), argument] };
}

const own = (id: string, usual: boolean): ContenderEntry => ({
  ...{ id, group: 'own', usual, command: typescript('contender.ts', id) },
});
const tfjs = (backend: string, usual: boolean): ContenderEntry => ({
  ...{ id: `tfjs:${backend}`, group: 'tfjs', usual, command: typescript('contender.ts', `tfjs:${backend}`) },
});
const raw = (backend: string, usual: boolean): ContenderEntry => ({
  ...{ id: `tfjs-raw:${backend}`, group: 'tfjs', usual, command: typescript('tfjs-raw.ts', backend) },
});
const peer = (id: string): ContenderEntry => ({
  ...{ id, group: 'peers', usual: true },
  command: { program: process.execPath, args: [here('peers/contender.mjs'), id] },
});
const python = (id: string): ContenderEntry => ({
  ...{ id, group: 'python', usual: true },
  command: { program: VENV_PYTHON, args: [here('python/contender.py'), id] },
});

const USUAL_ENGINES: ReadonlySet<string> = new Set(['wasm', 'vector']);

/** In display order. The others are compared with the first that takes part. */
export const CONTENDERS: readonly ContenderEntry[] = [
  ...[...ENGINES]
    .filter((id) => id !== 'tfjs')
    .map((id) => own(id, USUAL_ENGINES.has(id)))
    .sort(usualFirst),
  own('vector:f64', false),
  ...[tfjs('node', true), tfjs('wasm', true), tfjs('cpu', true)],
  ...[raw('node', true), raw('wasm', true), raw('cpu', false)],
  ...['convnetjs', 'feedforward-neural-networks', 'brain.js', 'neataptic', 'synaptic', 'jax-js'].map(peer),
  ...['torch', 'jax', 'keras', 'numpy'].map(python),
];

/** wasm, vector, then the rest. */
function usualFirst(a: ContenderEntry, b: ContenderEntry): number {
  const rank = ({ id }: ContenderEntry): number => [...USUAL_ENGINES].indexOf(id) & 7; // -1 becomes 7
  return rank(a) - rank(b);
}

export interface Wanted {
  /** null means the usual ones. */
  readonly names: readonly string[] | null;
  readonly peers: boolean;
  readonly python: boolean;
}

/** @throws UsageError on an unknown name, or one whose group is not enabled */
export function chooseContenders({ names, peers, python }: Wanted): ContenderEntry[] {
  const enabled = ({ group }: ContenderEntry): boolean =>
    (group !== 'peers' || peers) && (group !== 'python' || python);
  if (names === null) return CONTENDERS.filter((c) => c.usual && enabled(c));
  for (const name of names) {
    const found = CONTENDERS.find(({ id }) => id === name);
    if (found === undefined) {
      throw new UsageError(`unknown engine "${name}"`, `choose from ${CONTENDERS.map(({ id }) => id).join(', ')}`);
    }
    if (!enabled(found)) throw new UsageError(`${name} needs --${found.group}`, `add --${found.group}`);
  }
  return CONTENDERS.filter(({ id }) => names.includes(id));
}

/** Slow contenders are left out of the sweeps. */
export function inSweeps({ id, group }: ContenderEntry): boolean {
  return ['wasm', 'vector', 'tfjs:node', 'tfjs:wasm', 'torch', 'jax'].includes(id) && group !== 'peers';
}
