// Shared by the command lines of scripts, which are read with yargs. Each script adds its own options.
import yargs from 'yargs';
import type { Argv } from 'yargs';
import { UsageError } from '../src/errors.ts';

export type Raw = Readonly<Record<string, unknown>>;

export const flag = (describe: string) => ({ type: 'boolean', describe }) as const;
export const text = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const;

/** @returns the options by name, or the text that --help prints
 * @throws UsageError */
export async function parse(
  argv: readonly string[],
  script: string,
  define: (parser: Argv) => Argv,
): Promise<Raw | string> {
  let help = '';
  const parser = define(yargs([]).scriptName(`npm run ${script} --`))
    .version(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      const own = error as Error | undefined;
      throw new UsageError((message || own?.message || 'bad options').replace(/\s*\n\s*/g, ' '), 'see --help');
    });
  const raw: Raw = await parser.parseAsync([...argv], {}, (_error, _argv, output) => {
    help = output;
  });
  return help === '' ? raw : `${help}\n`;
}

/** @throws UsageError if the option is given twice or without a value */
export function once(raw: Raw, option: string): string | null {
  const given = raw[option];
  if (given === undefined) return null;
  if (typeof given !== 'string') throw new UsageError(`--${option}: expected once, got several`);
  if (given === '') throw new UsageError(`--${option}: expected a value, got nothing`);
  return given;
}

/** @throws UsageError if it is not a whole number, or too small */
export function whole(raw: Raw, option: string, least = Number.MIN_SAFE_INTEGER): number | null {
  const given = once(raw, option);
  if (given === null) return null;
  const value = given.trim() === '' ? NaN : Number(given);
  if (Number.isSafeInteger(value) && value >= least) return value;
  const atLeast = least > 0 ? ` of at least ${least}` : '';
  throw new UsageError(`--${option}: expected a whole number${atLeast}, got "${given}"`);
}
