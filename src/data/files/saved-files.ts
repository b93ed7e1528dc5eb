// Notices saved files. The system's notices about folders are quick; but they miss a folder that is
// replaced, the target of a link, and other machines, so the files are looked at now and then too.
import { statSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import { targetOf } from './read-text.ts';

export interface Sources {
  /** Files without which nothing can be done. */
  readonly needed: readonly string[];
  /** All files, and folders whose list of files counts. Some may not exist. */
  readonly all: readonly string[];
}

/** Milliseconds without a further change: editors write a file in several steps. */
const SETTLED = 25;
/** Milliseconds between two looks without a notice. */
const LOOK = 500;
/** Milliseconds that a file may be missing before it is said. */
const MISSING = 1000;

export class SavedFiles {
  readonly #onMissing: (file: string) => void;
  readonly #folders = new Map<string, { readonly watcher: FSWatcher; readonly is: string }>();
  readonly #timer: NodeJS.Timeout;
  #sources: Sources = { needed: [], all: [] };
  /** What the files were when `next` was called. */
  #known = new Map<string, string>();
  /** What they were when last looked at. */
  #last = new Map<string, string>();
  #settling: NodeJS.Timeout | null = null;
  #missingSince: number | null = null;
  #resolve: ((files: readonly string[]) => void) | null = null;

  /** @param onMissing called with a needed file that stays away */
  constructor(onMissing: (file: string) => void) {
    this.#onMissing = onMissing;
    this.#timer = setInterval(() => this.#look(), LOOK);
  }

  /**
   * The files that are saved from now on, all of them whole and those needed there. Call it before
   * they are read.
   */
  next(sources: Sources): Promise<readonly string[]> {
    this.#sources = sources;
    this.#known = this.#last = statesOf(sources.all);
    this.#watchFolders();
    return new Promise((resolve) => (this.#resolve = resolve));
  }

  close(): void {
    clearInterval(this.#timer);
    if (this.#settling !== null) clearTimeout(this.#settling);
    for (const { watcher } of this.#folders.values()) watcher.close();
  }

  #look(): void {
    if (this.#resolve === null) return;
    this.#watchFolders();
    const now = statesOf(this.#sources.all);
    const moved = changedIn(this.#last, now).length > 0;
    this.#last = now;
    if (changedIn(this.#known, now).length === 0) return;
    if (moved || (this.#settling === null && this.#missing() === null)) this.#settle();
  }

  #settle(): void {
    if (this.#settling !== null) clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#settling = null;
      const now = statesOf(this.#sources.all);
      const moved = changedIn(this.#last, now).length > 0;
      this.#last = now;
      if (moved) {
        this.#settle();
        return;
      }
      const files = changedIn(this.#known, now);
      if (files.length === 0 || this.#missing() !== null) return;
      this.#resolve?.(files);
      this.#resolve = null;
    }, SETTLED);
  }

  /** A needed file that is not there, or null. */
  #missing(): string | null {
    const file = this.#sources.needed.find((name) => this.#last.get(name) === NOT_THERE) ?? null;
    if (file === null) this.#missingSince = null;
    else if (this.#missingSince === null) this.#missingSince = performance.now();
    else if (performance.now() - this.#missingSince > MISSING) {
      this.#missingSince = Infinity; // said once
      this.#onMissing(file);
    }
    return file;
  }

  /** Watches the folder of every file and, for a link, that of its target. */
  #watchFolders(): void {
    const wanted = new Map([...foldersOf(this.#sources.all)].map((folder) => [folder, stateOf(folder, false)]));
    for (const [folder, { watcher, is }] of this.#folders) {
      if (wanted.get(folder) === is) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const [folder, is] of wanted) {
      if (this.#folders.has(folder) || is === NOT_THERE) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#look());
        watcher.on('error', () => {}); // it is looked at all the same
        this.#folders.set(folder, { watcher, is });
      } catch {
        // no more watches are allowed: it is looked at all the same
      }
    }
  }
}

const NOT_THERE = '';

/** Changes with every save. @param content whether the time of the last change counts */
function stateOf(path: string, content = true): string {
  try {
    const { ino, dev, size, mtimeNs } = statSync(path, { bigint: true });
    return `${dev}:${ino}${content ? `:${size}:${mtimeNs}` : ''}`;
  } catch {
    return NOT_THERE;
  }
}

function statesOf(files: readonly string[]): Map<string, string> {
  return new Map(files.map((file) => [file, stateOf(file)]));
}

function changedIn(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] {
  return [...now].flatMap(([file, state]) => (before.get(file) === state ? [] : [file]));
}

function foldersOf(files: readonly string[]): Set<string> {
  return new Set(files.flatMap((file) => [dirname(file), dirname(targetOf(file))]));
}
