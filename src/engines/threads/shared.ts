// Examples in shared memory: all threads read the same bytes.
import type { Examples } from '../../data/dataset.ts';

const copies = new WeakMap<Examples, Examples>();

/** The same examples, copied into shared memory once. */
export function inSharedMemory(examples: Examples): Examples {
  let copy = copies.get(examples);
  if (copy === undefined) {
    const { values, labels } = examples;
    const buffer = new SharedArrayBuffer(values.byteLength);
    const shared = values instanceof Uint8Array ? new Uint8Array(buffer) : new Float32Array(buffer);
    shared.set(values);
    const classes = new Uint8Array(new SharedArrayBuffer(labels.length));
    classes.set(labels);
    copy = { ...examples, values: shared, labels: classes, ...targetsOf(examples) };
    copies.set(examples, copy);
  }
  return copy;
}

function targetsOf({ targets }: Examples): Pick<Examples, 'targets'> {
  if (targets === undefined) return {};
  const values = new Float32Array(new SharedArrayBuffer(targets.values.byteLength));
  values.set(targets.values);
  return { targets: { width: targets.width, values } };
}
