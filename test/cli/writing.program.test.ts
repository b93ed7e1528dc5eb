// Files of results: what is written, that it is whole, and what happens where it cannot be written.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  COMPARED,
  CPU,
  SMALL,
  backproof,
  complaint,
  filesIn,
  newFolder,
  inProcess,
  withoutProgress,
} from './program.ts';

describe.concurrent('results', () => {
  it('go into a new folder, relative to where the program was started', async () => {
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
    const run = await inProcess(['compare', ...CPU, '--out', out]);
    expect(withoutProgress(run.stderr)).toMatch(
      /^backproof: [^\n]*compare\.json: cannot be written \(EISDIR\); [^\n]+\n$/,
    );
    expect(run.stdout).toMatch(/^IDENTICAL/m); // the verdict of a long run is not lost
    expect(run.code).toBe(2);
    expect(filesIn(out)).toEqual(COMPARED.filter((file) => file !== 'compare.json'));
  });
});

describe('results in the formats that --format names', { timeout: 120_000 }, () => {
  it.for<[string[], string[], string]>([
    [['--format', 'json,junit'], ['compare.json', 'compare.junit.xml'], 'compare.json, OUT/compare.junit.xml'],
    [
      ['--format', 'junit', '--format', 'markdown'],
      ['compare.junit.xml', 'compare.md'],
      'compare.md, OUT/compare.junit.xml',
    ],
    [['--format', 'html'], ['DATE.html', 'index.html', 'report.html'], 'report.html'],
  ])(
    'are those that %j chooses; the report is printed, and the command repeats the run alone',
    async ([words, files, named]) => {
      const out = newFolder();
      const run = await backproof(['compare', ...CPU, ...words, '--out', out]);
      expect([run.code, filesIn(out)]).toEqual([0, files]);
      expect(run.stdout).toMatch(/^IDENTICAL/m);
      expect(run.stdout).toContain(`\nReports: ${`OUT/${named}`.replaceAll('OUT', out)}\n`);
      expect(run.stdout).not.toContain('--format');
    },
  );

  it('are none with --format terminal, and no folder is made for them', async () => {
    const out = join(newFolder(), 'none');
    const run = await backproof(['gradcheck', ...CPU, '--format', 'terminal', '--out', out]);
    expect([run.code, existsSync(out)]).toEqual([0, false]);
    expect(run.stdout).toMatch(/^IDENTICAL/m);
    expect(run.stdout).not.toContain('Reports:');
  });

  it('of an unknown format are refused with the choices, before anything runs', async () => {
    const run = await backproof(['compare', '--format', 'json,junti']);
    expect(complaint(run)).toBe(
      'unknown format "junti"; did you mean junit? choose one of terminal, json, markdown, junit, html',
    );
    expect(run.code).toBe(2);
  });
});

describe('results that cannot be written', { timeout: 180_000 }, () => {
  /** What folders are in the way of. */
  const OBSTACLES = [['compare.json', 'compare.md', 'compare.junit.xml', 'report.html'], ['reports/index.html']];
  it.for(OBSTACLES)('(%s ...) are told of; a disagreement stays one', async (files) => {
    const out = newFolder();
    for (const file of files) mkdirSync(join(out, file), { recursive: true });
    const right = await inProcess(['compare', ...CPU, '--json', '--out', out]);
    const told = right.stderr.split('\n').filter((line) => line.startsWith('backproof: '));
    expect(told).toEqual(
      files.map((file): unknown =>
        expect.stringMatching(new RegExp(`${file}: cannot be written \\(EISDIR\\); choose`)),
      ),
    );
    for (const file of files) expect(right.stderr).not.toMatch(new RegExp(`^Reports: .*${file}(,|$)`, 'm'));
    expect(JSON.parse(right.stdout)).toMatchObject({ kind: 'compare', verdict: { kind: 'identical' } });
    expect(right.code).toBe(2);
    const wrong = await inProcess(['compare', ...CPU, '--fault', 'sign', '--out', out]);
    expect(wrong.stderr).toContain(`${files[0]}: cannot be written`);
    expect(wrong.stdout).toMatch(/^DISAGREE/m);
    expect(wrong.code).toBe(1);
  });

  it('by gradcheck are told of too', async () => {
    const out = newFolder();
    mkdirSync(join(out, 'gradcheck.md'));
    const gradcheck = await inProcess(['gradcheck', '--dataset', 'xor', '--backend', 'cpu', '--out', out]);
    expect([gradcheck.stderr, gradcheck.code]).toEqual([expect.stringMatching(/gradcheck\.md: cannot be written/), 2]);
    expect(gradcheck.stdout).toMatch(/^IDENTICAL/m);
    expect(filesIn(out)).toEqual(['DATE.html', 'gradcheck.json', 'gradcheck.junit.xml', 'index.html', 'report.html']);
  });

  it('in a baseline that cannot be written do not cost the verdict', async () => {
    const out = newFolder();
    mkdirSync(join(out, 'baseline.json'));
    const baseline = ['--update-baseline', '--baseline', join(out, 'baseline.json')];
    const run = await inProcess(['compare', ...CPU, ...baseline, '--json', '--out', out]);
    expect(withoutProgress(run.stderr)).toMatch(
      /^backproof: .*baseline\.json: cannot be written \(EISDIR\); .*--baseline\n/,
    );
    expect(JSON.parse(run.stdout)).toMatchObject({ verdict: { kind: 'identical' } });
    expect(run.code).toBe(2);
  });
});

/** A disk of its own for a test, that is full soon. */
const noDisk =
  process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0 ? null : 'only root mounts a small disk';

async function onSmallDisk(bytes: string, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = newFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  try {
    await use(folder);
  } finally {
    execFileSync('umount', [folder]);
  }
}

describe('a disk that fills up', () => {
  it('leaves the parameters that were there', async ({ skip }) => {
    if (noDisk !== null) skip(noDisk);
    const out = newFolder();
    const train = ['train', '--dataset', 'xor', '--train-size', '640', '--epochs', '1', '--out', out];
    await onSmallDisk('8k', async (disk) => {
      const file = join(disk, 'w.json');
      const small = await backproof([...train, '--hidden', '4', '--save', file]);
      expect([withoutProgress(small.stderr), small.code]).toEqual(['', 0]); // negative control: there is room for something
      const before = readFileSync(file);
      const large = await backproof([...train, '--hidden', '64,64', '--save', file]);
      expect(complaint(large)).toMatch(/w\.json: cannot be written \(ENOSPC\); choose another place with --save/);
      expect(large.code).toBe(2);
      expect(readFileSync(file)).toEqual(before);
      expect(readdirSync(disk)).toEqual(['w.json']);
    });
  });

  it('leaves an old report where there is no room for a new one, and costs no verdict', async ({ skip }) => {
    if (noDisk !== null) skip(noDisk);
    await onSmallDisk('40k', async (disk) => {
      writeFileSync(join(disk, 'compare.json'), 'old');
      writeFileSync(join(disk, 'fill'), new Uint8Array(24_000));
      const run = await backproof(['compare', ...CPU, '--out', disk]);
      expect(run.stdout).toMatch(/^IDENTICAL/m);
      expect(withoutProgress(run.stderr)).toMatch(/^(backproof: \S[^\n]+: cannot be written \(ENOSPC\); [^\n]+\n)+$/);
      expect(run.code).toBe(2);
      const json = readFileSync(join(disk, 'compare.json'), 'utf8');
      if (json !== 'old') expect(JSON.parse(json)).toMatchObject({ kind: 'compare' });
      expect(readdirSync(disk).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    });
  });
});

describe.concurrent('trained parameters', () => {
  it('are saved in a new folder: a long training is not lost', async () => {
    const folder = newFolder();
    const run = await inProcess(['train', ...SMALL, '--save', join(folder, 'new/p.json'), '--out', folder]);
    expect(withoutProgress(run.stderr)).toBe('');
    expect(filesIn(join(folder, 'new'))).toEqual(['p.json']);
    expect(run.code).toBe(0);
  });

  it('that cannot be saved are refused with the option that says where', async () => {
    const folder = newFolder();
    const run = await inProcess(['train', ...SMALL, '--save', folder, '--out', folder]);
    expect(complaint(run)).toMatch(/cannot be written \(\w+\).*--save/);
    expect(run.code).toBe(2);
  });
});
