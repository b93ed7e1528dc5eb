// Frees what is no longer used. V8 collects garbage when its own heap is full; arrays of numbers
// lie outside of it, and may take gigabytes until then.
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Takes some hundredths of a second. */
export async function freeMemory(): Promise<void> {
  await setImmediate(); // what has just ended is held until then
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
