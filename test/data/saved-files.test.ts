// Saved files are noticed however they are saved, once each, and only when they are whole.
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { SavedFiles } from '../../src/data/files/saved-files.ts';
import { newFolder } from '../cli/program.ts';

const open: SavedFiles[] = [];
afterEach(() => open.splice(0).forEach((files) => files.close()));

function watched(needed: readonly string[], more: readonly string[] = []) {
  const missing: string[] = [];
  const files = new SavedFiles((file) => missing.push(file));
  open.push(files);
  return { missing, next: () => files.next({ needed, all: [...needed, ...more] }) };
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Whether a promise is still open after a while in which the files are looked at. */
async function isQuiet(change: Promise<unknown>): Promise<boolean> {
  return Promise.race([change.then(() => false), wait(1200).then(() => true)]);
}

describe('a file', () => {
  it.each<[string, (file: string) => void]>([
    ['written in place', (file) => writeFileSync(file, 'new')],
    ['written with the same content', (file) => writeFileSync(file, 'old')],
    [
      'written beside it and renamed',
      (file) => {
        writeFileSync(`${file}.tmp`, 'new');
        renameSync(`${file}.tmp`, file);
      },
    ],
    [
      'removed and written again',
      (file) => {
        rmSync(file);
        setTimeout(() => writeFileSync(file, 'new'), 200);
      },
    ],
  ])('%s is noticed', async (_how, save) => {
    const file = join(newFolder(), 'own.mjs');
    writeFileSync(file, 'old');
    const { next, missing } = watched([file]);
    const change = next();
    await wait(20); // the time of the last change differs
    save(file);
    expect(await change).toEqual([file]);
    expect(missing).toEqual([]);
  });

  it('saved in steps is noticed once, when the last is done', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const file = join(newFolder(), 'own.mjs');
    writeFileSync(file, '');
    let times = 0;
    void watched([file])
      .next()
      .then(() => times++);
    for (let i = 1; i <= 30; i++) {
      writeFileSync(file, 'x'.repeat(i));
      vi.advanceTimersByTime(i === 1 ? 500 : 25);
    }
    await Promise.resolve();
    expect(times).toBe(0);
    vi.advanceTimersByTime(25);
    await Promise.resolve();
    expect(times).toBe(1);
  });

  it('beside it is not noticed', async () => {
    const folder = newFolder();
    const file = join(folder, 'own.mjs');
    writeFileSync(file, 'old');
    const change = watched([file]).next();
    writeFileSync(join(folder, 'other.mjs'), 'new');
    expect(await isQuiet(change)).toBe(true);
  });

  it('that stays away is said, and noticed when it is back', async () => {
    const file = join(newFolder(), 'own.mjs');
    writeFileSync(file, 'old');
    const { next, missing } = watched([file]);
    const change = next();
    rmSync(file);
    await wait(2500);
    expect(missing).toEqual([file]);
    writeFileSync(file, 'old');
    expect(await change).toEqual([file]);
  });

  it('that is imported and is not there yet is noticed when it is', async () => {
    const folder = newFolder();
    const [file, imported] = [join(folder, 'own.mjs'), join(folder, 'helper.mjs')];
    writeFileSync(file, 'old');
    const change = watched([file], [imported]).next();
    writeFileSync(imported, 'new');
    expect(await change).toEqual([imported]);
  });
});

describe.skipIf(process.platform === 'win32')('a link', () => {
  it('whose target is saved, or that points elsewhere, is noticed', async () => {
    const [folder, elsewhere] = [newFolder(), newFolder()];
    const [link, target, other] = [join(folder, 'own.mjs'), join(elsewhere, 'a.mjs'), join(elsewhere, 'b.mjs')];
    writeFileSync(target, 'a');
    writeFileSync(other, 'b');
    symlinkSync(target, link);
    const { next } = watched([link]);
    const saved = next();
    await wait(20);
    writeFileSync(target, 'new');
    expect(await saved).toEqual([link]);
    const moved = next();
    symlinkSync(other, `${link}.tmp`);
    renameSync(`${link}.tmp`, link);
    expect(await moved).toEqual([link]);
  });

  it('to a folder that points elsewhere is noticed', async () => {
    const folder = newFolder();
    for (const name of ['a', 'b']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'own.mjs'), name);
    }
    const link = join(folder, 'current');
    symlinkSync('a', link);
    const change = watched([join(link, 'own.mjs')]).next();
    symlinkSync('b', `${link}.tmp`);
    renameSync(`${link}.tmp`, link);
    expect(await change).toEqual([join(link, 'own.mjs')]);
  });
});
