// In which file a function without a name of its own was written. It is called once, with a problem
// that cannot be read: whoever reads it stands on the stack.
import { safeText } from '../text.ts';

/** "my-network.ts", "the function in my.test.ts"; null where the stack does not show it. */
export function sourceOf(f: (argument: unknown) => unknown, owner: unknown): string | null {
  const file = fileOf(f, owner);
  if (file === null) return null;
  const name = safeText(file.split(/[/\\]/).at(-1) ?? '');
  return /[.-](test|spec)\.\w+$/.test(name) ? `the function in ${name}` : name;
}

function fileOf(f: (argument: unknown) => unknown, owner: unknown): string | null {
  let stack: string | undefined;
  const read = (): never => {
    stack ??= new Error().stack;
    throw new Error('this problem cannot be read');
  };
  const problem = new Proxy({}, { get: read, has: read, ownKeys: read, getOwnPropertyDescriptor: read });
  try {
    backproofCalls(f, owner, problem);
  } catch {
    // as was to be expected
  }
  const lines = stack?.split('\n') ?? [];
  const call = lines.findIndex((line) => line.includes('backproofCalls'));
  return call < 1 ? null : pathIn(lines[call - 1]);
}

/** Known by its name on the stack: what stands above it is the function. */
function backproofCalls(f: (argument: unknown) => unknown, owner: unknown, problem: object): void {
  const answer = f.call(owner, problem);
  if (answer instanceof Promise) answer.catch(() => {});
}

/** "at default (file:///own/my%20network.ts:3:10)" */
function pathIn(line: string): string | null {
  const [, place] = /\((.+):\d+:\d+\)$/.exec(line) ?? /at (?:async )?(.+):\d+:\d+$/.exec(line) ?? [];
  if (place === undefined || place.startsWith('node:') || place.includes('<anonymous>')) return null;
  const path = place.replace(/[?#].*$/, '');
  try {
    return path.startsWith('file:') ? decodeURIComponent(path) : path;
  } catch {
    return path;
  }
}
