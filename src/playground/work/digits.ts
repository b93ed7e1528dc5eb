// Fetches the digits that the page has: the small MNIST at once, all of it when it is asked for.
import { digitsFrom } from '../../data/digit-files.ts';
import type { Dataset } from '../../data/dataset.ts';
import { DataError } from '../../errors.ts';
import type { DigitSet } from './digit-sets.ts';

// written out, because the build looks for exactly this
const SMALL = [
  new URL('../../../data/mnist-small/train-images-idx3-ubyte.gz', import.meta.url).href,
  new URL('../../../data/mnist-small/train-labels-idx1-ubyte.gz', import.meta.url).href,
  new URL('../../../data/mnist-small/t10k-images-idx3-ubyte.gz', import.meta.url).href,
  new URL('../../../data/mnist-small/t10k-labels-idx1-ubyte.gz', import.meta.url).href,
];
const ALL = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'].map(
  (name) => `mnist/${name}-ubyte.gz`,
);

/**
 * @param page the address of the page: all digits lie beside it
 * @throws DataError if they cannot be fetched, or are not what they should be
 */
export async function fetchDigits(set: DigitSet, page: string): Promise<Dataset> {
  const addresses = set === 'small' ? SMALL : ALL.map((file) => new URL(file, page).href);
  const [a, b, c, d] = await Promise.all(addresses.map(unpackedFile));
  const none = new Uint8Array();
  return digitsFrom({
    trainImages: a ?? none,
    trainLabels: b ?? none,
    testImages: c ?? none,
    testLabels: d ?? none,
  });
}

const GZIP = [0x1f, 0x8b];

async function unpackedFile(address: string): Promise<Uint8Array> {
  const name = address.slice(address.lastIndexOf('/') + 1);
  const response = await fetch(address).catch(() => null);
  if (response?.ok !== true)
    throw new DataError(
      `the digits (${name}) could not be fetched`,
      'is there a network? Reload the page to try again',
    );
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes[0] !== GZIP[0] || bytes[1] !== GZIP[1]) return bytes; // a server may have unpacked it already
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw new DataError(`the digits (${name}) cannot be unpacked: the file is damaged`, 'reload the page to try again');
  }
}
