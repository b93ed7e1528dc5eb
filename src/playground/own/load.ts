// Loads somebody's code as a module, in the worker that it runs in.
import { importsIn, isOwn, javascriptOf, withOwnImports } from './compile.ts';
import type { At } from './messages.ts';

export interface Loaded {
  readonly module: Readonly<Record<string, unknown>>;
  /** Where in the code an error was thrown; null if its stack does not say. */
  readonly placeOf: (error: unknown) => At | null;
}

/** Why a module could not be loaded. */
export class LoadFailed extends Error {
  readonly hint: string | null;
  readonly at: At | null;

  constructor(message: string, hint: string | null, at: At | null, cause?: unknown) {
    super(message, { cause });
    this.hint = hint;
    this.at = at;
  }
}

/** @throws NotCode where it cannot be read, LoadFailed where it does not run */
export async function load(code: string): Promise<Loaded> {
  const javascript = javascriptOf(code);
  const imports = importsIn(javascript);
  const foreign = imports.find((name) => !isOwn(name));
  if (foreign !== undefined) {
    throw new LoadFailed(
      `"${foreign}" cannot be imported here`,
      'the playground runs one file, which can import "backproof/core" alone',
      lineWith(code, foreign),
    );
  }
  const address = addressOf(imports.length === 0 ? javascript : withOwnImports(javascript, await ownModule()));
  const placeOf = (error: unknown): At | null => placeIn(error, address);
  try {
    // a variable: the bundler is not to look for it
    return { module: (await import(/* @vite-ignore */ address)) as Record<string, unknown>, placeOf };
  } catch (error) {
    throw new LoadFailed(thrownText(error), null, placeOf(error), error);
  }
}

export function thrownText(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return 'something that cannot be shown as text was thrown';
  }
}

function addressOf(javascript: string): string {
  return URL.createObjectURL(new Blob([javascript], { type: 'text/javascript' }));
}

function placeIn(error: unknown, address: string): At | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    const stack = typeof at.stack === 'string' ? at.stack : '';
    const begin = stack.indexOf(`${address}:`);
    const [, line, column] = begin < 0 ? [] : (/^:(\d+):(\d+)/.exec(stack.slice(begin + address.length)) ?? []);
    if (line !== undefined) return { line: Number(line), column: Number(column) };
  }
  return null;
}

function lineWith(code: string, text: string): At | null {
  const line = code.split('\n').findIndex((one) => /\b(import|export)\b/.test(one) && one.includes(text));
  return line < 0 ? null : { line: line + 1, column: 1 };
}

const KEY = Symbol.for('backproof/core');
let own: Promise<string> | undefined;

/** The address of a module that exports what backproof/core exports. */
function ownModule(): Promise<string> {
  return (own ??= import('backproof/core').then((core) => {
    Object.defineProperty(globalThis, KEY, { value: core });
    const names = Object.keys(core).join(', ');
    return addressOf(`export const { ${names} } = globalThis[Symbol.for('backproof/core')];`);
  }));
}
