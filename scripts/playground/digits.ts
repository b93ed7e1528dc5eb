// The digits of the playground. `node --import tsx scripts/playground/digits.ts` writes the first
// digits of MNIST to data/mnist-small, which is committed; all of them are packed when the page is
// built, and wait beside it until somebody asks for them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { readManifest } from '../../src/data/mnist.ts';
import { ROOT } from '../package/pack.ts';

export const SMALL = join(ROOT, 'data/mnist-small');
const SIZES = { train: 2000, t10k: 500 };

/** Bytes of an IDX header, and of an example. */
const LAYOUT = { images: [16, 784], labels: [8, 1] } as const;

/** The four files of MNIST, unpacked. */
function files(): { readonly name: string; readonly bytes: Buffer }[] {
  const { mnist } = readManifest();
  const folder = dirname(createRequire(import.meta.url).resolve(`${mnist.package}/package.json`));
  return Object.keys(mnist.files).map((name) => ({ name, bytes: readFileSync(join(folder, mnist.folder, name)) }));
}

/** The first digits of each file, with headers that say so. */
export function smallDigits(): { readonly name: string; readonly bytes: Buffer }[] {
  return files().map(({ name, bytes }) => {
    const count = name.startsWith('train') ? SIZES.train : SIZES.t10k;
    const [header, each] = name.includes('images') ? LAYOUT.images : LAYOUT.labels;
    const first = Buffer.from(bytes.subarray(0, header + count * each));
    first.writeUInt32BE(count, 4);
    return { name: `${name}.gz`, bytes: first };
  });
}

/** All of MNIST, packed, 10 MB. @param out the folder of the page */
export function writeAllDigits(out: string): void {
  mkdirSync(join(out, 'mnist'), { recursive: true });
  for (const { name, bytes } of files()) writeFileSync(join(out, 'mnist', `${name}.gz`), gzipSync(bytes));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  mkdirSync(SMALL, { recursive: true });
  for (const { name, bytes } of smallDigits()) writeFileSync(join(SMALL, name), gzipSync(bytes, { level: 9 }));
}
