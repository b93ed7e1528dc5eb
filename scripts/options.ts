// The command lines of scripts: what they share in reading them with yargs. A script adds its own options and what they mean.
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

/** @throws UsageError where it is given twice, or with nothing */
export function once(raw: Raw, option: string): string | null {
  const given = raw[option];
  if (given === undefined) return null;
  if (typeof given !== 'string') throw new UsageError(`--${option}: given more than once`);
  if (given === '') throw new UsageError(`--${option}: a value expected, nothing found`);
  return given;
}

/** @throws UsageError where it is not a whole number, or less than the least */
export function whole(raw: Raw, option: string, least = Number.MIN_SAFE_INTEGER): number | null {
  const given = once(raw, option);
  if (given === null) return null;
  const value = given.trim() === '' ? NaN : Number(given);
  if (Number.isSafeInteger(value) && value >= least) return value;
  const atLeast = least > 0 ? ` of at least ${least}` : '';
  throw new UsageError(`--${option}: a whole number${atLeast} expected, "${given}" found`);
}
