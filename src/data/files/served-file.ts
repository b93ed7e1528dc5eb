// Decides which files of a folder may be served to a browser.
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** HTTP status for a path below the folder. */
export type Answerable = 200 | 403 | 404;

/**
 * Dotfiles and links that leave the folder count as absent. A FIFO, a socket or a device is refused
 * like a file that cannot be read: reading it might never end.
 * @param path of a request, decoded, with a leading slash; a trailing slash means the index.html of
 *   that folder
 */
export async function answerable(folder: string, path: string): Promise<Answerable> {
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, path.endsWith('/') ? `${path}index.html` : path));
    const parts = `${path}/${relative(root, file)}`.split(/[/\\]/);
    if (file !== root && !file.startsWith(root.endsWith(sep) ? root : root + sep)) return 404;
    if (parts.some((part) => part.startsWith('.'))) return 404;
    const found = await stat(file);
    if (!found.isFile() && !found.isDirectory()) return 403;
    await access(file, constants.R_OK);
    return 200;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' ? 403 : 404;
  }
}
