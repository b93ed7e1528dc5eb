// Compiles AssemblyScript to WebAssembly in all variants, as the text of a TypeScript module.
import { fileURLToPath } from 'node:url';

/**
 * The used part of AssemblyScript's compiler; its own types would change types all over the
 * project.
 */
interface Compiler {
  main(
    options: readonly string[],
    files: { writeFile(name: string, contents: Uint8Array | string): void; listFiles(): string[] },
  ): Promise<{ error: Error | null; stderr: { toString(): string } }>;
}

const COMPILER = 'assemblyscript/asc';
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const COMMON = [
  ...['--baseDir', ROOT, '--outFile', 'kernels.wasm', '--enable', 'simd'],
  ...['--noAssert', '--runtime', 'stub', '--importMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
  '-O1', // higher levels reorder multiply-adds, so that their sums no longer fit into registers
];
const OPTIONS = ['src/engines/wasm/assembly/index.ts', ...COMMON, '--enable', 'threads'];
const PRODUCTS = ['src/numeric/kernels/assembly/products.ts', ...COMMON];
const ARITHMETIC = { plain: [], relaxed: ['--enable', 'relaxed-simd'] };
const MEMORY = { shared: ['--sharedMemory'], unshared: [] };

/**
 * @returns the module's text; the same sources and compiler give the same text
 * @throws Error with the compiler's messages
 */
export async function compileKernels(): Promise<string> {
  const entries: string[] = [];
  for (const [arithmetic, first] of Object.entries(ARITHMETIC)) {
    for (const [memory, second] of Object.entries(MEMORY)) {
      const binary = await compile([...OPTIONS, ...first, ...second]);
      entries.push(`  '${arithmetic} ${memory}':\n    '${Buffer.from(binary).toString('base64')}',\n`);
    }
  }
  return [
    '// Made by `npm run build:kernels` from assembly/: do not edit.\n\n',
    '/** WebAssembly modules in base64. */\n',
    `export const COMPILED = {\n${entries.join('')}} as const;\n`,
  ].join('');
}

/**
 * The same of the products of numeric/: one module, one memory of its own. Its text is hexadecimal,
 * because that compresses to two thirds of what base64 does.
 */
export async function compileProducts(): Promise<string> {
  const binary = await compile(PRODUCTS);
  return [
    '// Made by `npm run build:kernels` from assembly/: do not edit.\n\n',
    '/** A WebAssembly module in hexadecimal. */\n',
    `export const COMPILED =\n  '${Buffer.from(binary).toString('hex')}';\n`,
  ].join('');
}

async function compile(options: readonly string[]): Promise<Uint8Array> {
  const { main } = (await import(COMPILER)) as Compiler;
  let binary: Uint8Array | null = null;
  const { error, stderr } = await main(options, {
    writeFile(name, contents) {
      if (name === 'kernels.wasm' && typeof contents !== 'string') binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === null) throw new Error(`the kernels do not compile\n${stderr.toString()}`);
  return binary;
}
