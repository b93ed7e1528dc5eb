// A function or a layer in a program of its own: what it answers stands for what a file exports.
import { openFunctionCommand } from '../../candidates/process/function-command.ts';
import type { FunctionProgram } from '../../candidates/process/function-command.ts';
import type { CandidateOptions } from '../../candidates/limits.ts';
import type { Io } from '../../program/io.ts';
import type { AnyCheck } from '../../report/words/function-check.ts';
import { safeText } from '../../text.ts';
import { checkExports } from './exports.ts';
import type { Asked, Exports } from './exports.ts';
import { interrupted } from './within.ts';
import { twinOf } from './twin-in-node.ts';

/** @throws CandidateError if it cannot be asked, or no longer; InterruptedError */
export async function checkProgram(
  command: string,
  asked: Omit<Asked, 'name'>,
  limits: CandidateOptions,
  io: Io,
): Promise<{ name: string; check: AnyCheck }> {
  const program = await openFunctionCommand(command, limits);
  const name = safeText(program.name);
  const over = new AbortController();
  try {
    const checked = new Promise<AnyCheck>((resolve, reject) => {
      checkExports(exportsOf(program, reject), { ...asked, name }, twinOf).then(resolve, reject);
    });
    return { name, check: await Promise.race([checked, interrupted(io, over.signal)]) };
  } finally {
    over.abort();
    await program.close();
  }
}

/**
 * @param end called with the error of a program that can no longer be asked. Any other error only
 *   says that the function is not defined at a point
 */
function exportsOf(program: FunctionProgram, end: (error: unknown) => void): Exports {
  const { inputs, parameters, examples, sizes } = program.description;
  const ask = async (request: string, body: object, field?: string): Promise<Record<string, unknown>> => {
    try {
      return await program.ask(request, body, field);
    } catch (error) {
      if (!program.alive()) end(error);
      throw error;
    }
  };
  const isLayer = inputs !== undefined && inputs !== null;
  if (!isLayer)
    return {
      parameters,
      sizes,
      value: async (p: unknown) => (await ask('evaluate', { parameters: p }, 'value'))['value'],
      gradient: async (p: unknown) => (await ask('gradient', { parameters: p }, 'gradient'))['gradient'],
    };
  return {
    inputs,
    parameters: parameters ?? undefined,
    examples,
    sizes,
    forward: async (x: unknown, p: unknown) =>
      (await ask('forward', { inputs: x, parameters: p }, 'outputs'))['outputs'],
    backward: (dy: unknown, x: unknown, p: unknown) => ask('backward', { dOutputs: dy, inputs: x, parameters: p }),
  };
}
