// What several test files need and takes long to make is made once per run of the tests: the first
// to ask makes it, and others wait.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';

/** @returns what `make` returned, here or in another process */
export async function onceInRun(name: string, make: () => string | Promise<string>): Promise<string> {
  const file = join(inject('built'), `once-${name}`); // the folder of this run
  const [begun, failed] = [`${file}.begun`, `${file}.failed`];
  if (isFirst(begun)) {
    try {
      writeFileSync(`${file}.part`, await make());
      renameSync(`${file}.part`, file); // whole or not there
    } catch (error) {
      writeFileSync(failed, '');
      throw error;
    }
  }
  while (!existsSync(file)) {
    if (existsSync(failed)) throw new Error(`${name} could not be made, as another test file says`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return readFileSync(file, 'utf8');
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
