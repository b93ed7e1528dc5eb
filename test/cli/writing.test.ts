// Where results go: what is written, that it is whole, and what happens where it cannot be.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMPARED, CPU, SMALL, backproof, complaint, filesIn, newFolder } from './program.ts';

describe.concurrent('results', () => {
  it('go into a folder that is made on the way, seen from where the program was started', async () => {
    const cwd = newFolder();
    const run = await backproof(['compare', ...CPU, '--out', 'new folder/été'], { cwd });
    expect(run.code).toBe(0);
    expect(filesIn(cwd)).toEqual(COMPARED);
    expect(filesIn(join(cwd, 'new folder/été'))).toEqual(COMPARED);
  });

  it('need no home directory', async () => {
    const out = newFolder();
    const run = await backproof(['compare', ...CPU, '--out', out], { env: { PATH: process.env['PATH'] } });
    expect(run.code).toBe(0);
    expect(filesIn(out)).toEqual(COMPARED);
  });

  it.for(['compare', 'gradcheck', 'train'])(
    'of %s are refused before anything runs where a file is in the way',
    async (command) => {
      const file = join(newFolder(), 'file');
      writeFileSync(file, 'mine');
      const run = await backproof([command, '--dataset', 'moons', '--epochs', '1000000', '--out', file]);
      expect(complaint(run)).toMatch(/file: cannot be written \(\w+\); choose another folder with --out/);
      expect(run.code).toBe(2);
    },
  );

  it.skipIf(!existsSync('/proc/self'))('are refused where the system makes no folders', async () => {
    const run = await backproof(['compare', ...CPU, '--out', '/proc/backproof'], { limit: 10_000 });
    expect(complaint(run)).toMatch(/\/proc\/backproof: cannot be written \(\w+\); choose another folder with --out/);
    expect(run.code).toBe(2);
  });

  it('leave no temporary file behind where one of them cannot be put in place', async () => {
    const out = newFolder();
    mkdirSync(join(out, 'compare.json'));
    const run = await backproof(['compare', ...CPU, '--out', out]);
    expect(complaint(run)).toMatch(/compare\.json: cannot be written/);
    expect(run.code).toBe(2);
    expect(filesIn(out)).toEqual([]);
  });
});

describe.concurrent('trained parameters', () => {
  it('are saved in a folder that is made on the way: a long training is not lost', async () => {
    const folder = newFolder();
    const run = await backproof(['train', ...SMALL, '--save', join(folder, 'new/p.json'), '--out', folder]);
    expect(run.stderr).toBe('');
    expect(filesIn(join(folder, 'new'))).toEqual(['p.json']);
    expect(run.code).toBe(0);
  });

  it('that cannot be saved are refused with the option that says where', async () => {
    const folder = newFolder();
    const run = await backproof(['train', ...SMALL, '--save', folder, '--out', folder]);
    expect(complaint(run)).toMatch(/cannot be written \(\w+\).*--save/);
    expect(run.code).toBe(2);
  });
});
