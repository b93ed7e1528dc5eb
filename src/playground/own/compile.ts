// TypeScript to JavaScript: types are taken out, lines stay where they are.
import { transform } from 'sucrase';
import type { At } from './messages.ts';

/** Text that is not TypeScript. */
export class NotCode extends Error {
  readonly at: At | null;

  constructor(message: string, at: At | null) {
    super(message);
    this.at = at;
  }
}

/** @throws NotCode where it cannot be read */
export function javascriptOf(code: string): string {
  try {
    return transform(code, { transforms: ['typescript'], disableESTransforms: true }).code;
  } catch (error) {
    const { message, loc } = error as { readonly message: string; readonly loc?: At };
    const said = message.replace(/^Error transforming [^:]*: /, '').replace(/ \(\d+:\d+\)$/, '');
    throw new NotCode(said, loc === undefined ? null : { line: loc.line, column: loc.column });
  }
}

/** The packages that code here may import: this one. */
const OWN = /^backproof(\/core)?$/;
/** `import 'x'`, `import { a } from 'x'`, `export { a } from 'x'`. */
const IMPORT = /^([^\S\n]*(?:import\b(?:[^'"();=]*?\bfrom)?|export\b[^'"();=]*?\bfrom)\s*)(['"])([^'"\n]+)\2/gm;

/** Names of modules that it imports, in order. */
export function importsIn(javascript: string): string[] {
  return [...javascript.matchAll(IMPORT)].map(([, , , name = '']) => name);
}

/** The code with imports of this package led to `address`. */
export function withOwnImports(javascript: string, address: string): string {
  return javascript.replace(IMPORT, (whole, before: string, quote: string, name: string) =>
    OWN.test(name) ? `${before}${quote}${address}${quote}` : whole,
  );
}

export function isOwn(name: string): boolean {
  return OWN.test(name);
}
