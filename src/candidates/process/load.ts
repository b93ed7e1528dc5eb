// Loads somebody's module: in a candidate's process (host.ts), and in the thread of `check`.
import type { Jiti } from 'jiti';
import { importAsItIs } from './run-file.ts';

/**
 * jiti transforms TypeScript. It also loads JavaScript in which Node finds a syntax error, because
 * it says where it is, and because a .js file beside a package.json of CommonJS may be a module.
 */
export async function loadModule(file: string, transform: boolean): Promise<unknown> {
  const transformed = async (): Promise<unknown> => (await newJiti()).import(file);
  if (transform) return transformed();
  try {
    return await importAsItIs(file);
  } catch (error) {
    if (error instanceof SyntaxError) return transformed();
    throw error;
  }
}

export async function newJiti(): Promise<Jiti> {
  const { createJiti } = await import('jiti');
  return createJiti(import.meta.url, { fsCache: false, interopDefault: false });
}
