// A file to which lines are added while a run goes on, so that a run that is killed goes on where
// it was. A last line that was cut short by that does not count.
import { mkdirSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OutputError } from '../../errors.ts';
import { reason } from './read-file.ts';

export interface Journal {
  readonly file: string;
  /** Returns once the lines are on the disk. @throws OutputError */
  add(lines: readonly string[]): Promise<void>;
  close(): Promise<void>;
  /** Closes and removes the file. */
  remove(): Promise<void>;
}

const READ_AT_ONCE = 1 << 20;
const LINE_END = 0x0a;

/**
 * Opens the file, or makes it.
 * @param each is called with every whole line that it has
 * @throws OutputError
 */
export async function openJournal(file: string, each: (line: string) => void): Promise<Journal> {
  const guarded = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw new OutputError(`${file}: cannot be written (${reason(error)})`, 'choose another folder with --out');
    }
  };
  const handle = await guarded(async () => {
    mkdirSync(dirname(file), { recursive: true });
    return open(file, 'a+');
  });
  try {
    const whole = await readLines(handle, each);
    await guarded(() => handle.truncate(whole));
  } catch (error) {
    await handle.close();
    throw error;
  }
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  return {
    file,
    async add(lines) {
      await guarded(async () => {
        await handle.appendFile(lines.map((line) => `${line}\n`).join(''));
        await handle.datasync();
      });
    },
    close,
    async remove() {
      await close();
      await rm(file, { force: true });
    },
  };
}

/** @returns the bytes up to the end of the last whole line */
async function readLines(handle: FileHandle, each: (line: string) => void): Promise<number> {
  let [rest, at, whole] = [Buffer.alloc(0), 0, 0];
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(READ_AT_ONCE), 0, READ_AT_ONCE, at);
    if (bytesRead === 0) return whole;
    at += bytesRead;
    const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    const end = bytes.lastIndexOf(LINE_END) + 1;
    if (end > 0) for (const line of bytes.toString('utf8', 0, end - 1).split('\n')) each(line);
    whole += end;
    rest = bytes.subarray(end);
  }
}
