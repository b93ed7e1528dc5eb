// What reaches a verdict: this program, an earlier commit of it, and gradient checks of others on
// the same problem.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { EXIT } from '../../../src/program/exit-codes.ts';
import { lastWords } from '../process.ts';
import type { Command } from '../process.ts';
import { VENV_PYTHON } from '../set-up.ts';
import { parseAnswer } from './answer.ts';
import type { Ran } from './command.ts';
import type { VerdictTask } from './tasks.ts';

export type Side = 'this' | 'earlier' | 'differences' | 'python';

/** A task in a folder, where the checker runs. */
export interface Prepared {
  readonly task: VerdictTask;
  readonly folder: string;
}

/** What one run of a checker said. */
export interface Said {
  readonly agree: boolean;
  /** Parameters checked, of all; null where that is not what a task counts. */
  readonly checked: number | null;
  readonly of: number | null;
  /** Seconds from the command to the verdict on all parameters, in part extrapolated. */
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
}

export interface Checker {
  readonly id: string;
  readonly label: string;
  readonly side: Side;
  /** Whether it takes part in a task. */
  joins(task: VerdictTask): boolean;
  command(prepared: Prepared): Command;
  /** @throws Error with one line where there is no verdict; NotHere if the task cannot run here */
  read(ran: Ran): Said;
}

/** Something that a task needs is not installed. */
export class NotHere extends Error {}

/** @param main the main file of the built program */
export function program(id: string, label: string, side: Side, main: string): Checker {
  return {
    ...{ id, label, side },
    joins: () => true,
    command: ({ task, folder }) => ({
      program: process.execPath,
      args: [main, ...task.words, '--out', join(folder, `results-${side}`)],
    }),
    read: ({ code, stderr, seconds }) => {
      const agree = code === EXIT.agree;
      if (agree || code === EXIT.disagree) return { agree, checked: null, of: null, seconds, versions: {} };
      const why = lastWords(stderr);
      throw code === EXIT.inconclusive ? new NotHere(why) : new Error(`exit code ${code}: ${why}`);
    },
  };
}

function other(id: string, label: string, side: Side, command: Checker['command'], joins: Checker['joins']): Checker {
  return {
    ...{ id, label, side, command },
    joins: (task) => task.problem !== null && joins(task),
    read: ({ code, stdout, stderr, seconds }) => {
      if (code !== 0) throw new Error(`exit code ${code}: ${lastWords(stderr)}`);
      const { agree, checked, of, spent, whole, versions } = parseAnswer(stdout);
      return { agree, checked, of, seconds: seconds - spent + whole, versions };
    },
  };
}

/** @param folder gets the program as one JavaScript file: no time goes into translating it */
export async function differences(folder: string): Promise<Checker> {
  const outfile = join(folder, 'differences.mjs');
  const entry = fileURLToPath(new URL('differences.ts', import.meta.url));
  await build({
    ...{ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20' },
    ...{ logLevel: 'silent', external: ['@tensorflow/*'] },
    // Some packages are CommonJS.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module';\nconst require = requireOf(import.meta.url);",
    },
  });
  const command = ({ folder: problem }: Prepared): Command => ({ program: process.execPath, args: [outfile, problem] });
  return other('differences', 'central differences, TypeScript', 'differences', command, () => true);
}

/** PyTorch and JAX. Only the fast mode takes part in the sweeps. */
export function pythonCheckers(python = VENV_PYTHON): Checker[] {
  const file = fileURLToPath(new URL('../python/gradient_checks.py', import.meta.url));
  const check = (id: string, label: string, swept: boolean): Checker =>
    other(
      id,
      label,
      'python',
      ({ folder }) => ({ program: python, args: [file, id, folder] }),
      ({ at }) => at === null || swept,
    );
  return [
    check('torch-full', 'torch.autograd.gradcheck', false),
    check('torch-fast', 'torch.autograd.gradcheck, fast mode', true),
    check('jax', 'jax.test_util.check_grads', false),
  ];
}
