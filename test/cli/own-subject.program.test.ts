// A process that tries random networks opens its candidate once, and again after it failed.
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ownSubject } from '../../src/cli/fuzz/own-subject.ts';
import { ROOT, folderWith } from './program.ts';

it('is opened once, and what failed is tried again', async () => {
  const candidate = join(folderWith({}), 'network.mjs');
  await expect(ownSubject({ candidate })).rejects.toThrow('network.mjs');
  copyFileSync(join(ROOT, 'examples/loops/network.mjs'), candidate);
  const subject = await ownSubject({ candidate });
  rmSync(candidate);
  expect(await ownSubject({ candidate })).toBe(subject);
  await expect(ownSubject({ candidate, 'time-limit': 5 })).rejects.toThrow('network.mjs'); // other options, another one
});
