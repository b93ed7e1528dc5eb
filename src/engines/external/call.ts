// Calls a candidate's functions in the thread it is loaded in, and looks at what it did to its arguments.
import { CandidateError } from '../../errors.ts';
import type { CandidateModule } from './candidate.ts';
import type { Conventions } from './conventions.ts';
import { arraysOf, nested, spelledOut } from './request.ts';
import type { Answered, CandidatePort, ChangedArgument, Description, Request, RequestName, Shaped } from './request.ts';

type Arrays = Conventions['arrays'];
type Call = (argument: Record<string, unknown>) => unknown;

/** A candidate's functions by what they answer. @throws CandidateError if what was imported is none */
function functionsOf(
  imported: unknown,
  name: string,
): { functions: Partial<Record<RequestName, Call>>; module: Partial<CandidateModule> } {
  const outer = (typeof imported === 'function' ? { default: imported } : imported) as Record<string, unknown> | null;
  const inner = outer?.['default'] as Record<string, unknown> | undefined;
  const module = typeof inner === 'object' && typeof inner['default'] === 'function' ? inner : outer; // module.exports = { default }
  if (typeof module?.['default'] !== 'function') {
    throw new CandidateError(
      `${name} has no default export that is a function`,
      'export default function ({ network, parameters, inputs, targets }) { ... return { loss, gradients }; }, or module.exports = that function',
    );
  }
  const bound = (f: unknown): Call => (f as Call).bind(module);
  const functions: Partial<Record<RequestName, Call>> = { gradients: bound(module['default']) };
  for (const optional of ['predict', 'applyGradients'] as const) {
    const f = module[optional];
    if (f === undefined) continue;
    if (typeof f !== 'function') throw new CandidateError(`${name}: ${optional} is no function`);
    functions[optional] = bound(f);
  }
  return { functions, module };
}

export function describe(imported: unknown, fileName: string): Description {
  const { functions, module } = functionsOf(imported, fileName);
  return {
    name: typeof module.name === 'string' && module.name !== '' ? module.name : fileName,
    conventions: module.conventions,
    can: Object.keys(functions) as RequestName[],
    versions: {},
  };
}

/** Calls the function that answers `request` with arrays of its own. */
export async function call(imported: unknown, name: string, request: Request, arrays: Arrays): Promise<Answered> {
  const function_ = functionsOf(imported, name).functions[request.request] as Call;
  const given = new Map<Shaped, unknown>();
  const make = (shaped: Shaped): unknown => {
    const array = arrays === 'typed' ? shaped.data.slice() : nested(shaped);
    given.set(shaped, array);
    return array;
  };
  const answer = await function_(spelledOut(request, make));
  return { answer, changed: firstChange(request, given) };
}

function firstChange(request: Request, given: ReadonlyMap<Shaped, unknown>): ChangedArgument | null {
  for (const { name, shaped } of arraysOf(request)) {
    const place = changeIn(shaped, given.get(shaped));
    if (place !== null) return { argument: name, ...place };
  }
  return null;
}

function changeIn({ shape, data }: Shaped, array: unknown): Omit<ChangedArgument, 'argument'> | null {
  const cols = array instanceof Float64Array ? undefined : shape[1];
  const row = (r: number): unknown => (cols === undefined ? array : (array as unknown[])[r]);
  for (let i = 0; i < data.length; i++) {
    const [r, c] = cols === undefined ? [0, i] : [Math.floor(i / cols), i % cols];
    const value = (row(r) as ArrayLike<unknown> | undefined)?.[c];
    if (Object.is(value, data[i])) continue;
    const index = shape[1] === undefined ? [i] : [Math.floor(i / shape[1]), i % shape[1]];
    return { index, before: data[i], after: typeof value === 'number' ? value : null };
  }
  return null;
}

/** A candidate in this very thread: nothing can stop it. What it throws is the cause of the error that is thrown. */
export function localPort(imported: unknown, name = 'the candidate'): CandidatePort {
  const description = describe(imported, name);
  return {
    description,
    async ask(request, arrays) {
      try {
        return await call(imported, description.name, request, arrays);
      } catch (error) {
        if (error instanceof CandidateError) throw error;
        throw new CandidateError(`${description.name} throws ${String(error)}`, undefined, { cause: error });
      }
    },
    alive: () => true,
    async close() {},
  };
}
