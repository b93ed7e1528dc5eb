// What of a folder may be shown to a browser: files, and nothing by another name than their own.
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** The status of HTTP that a path below the folder is answered with. */
export type Answerable = 200 | 403 | 404;

/**
 * Dotfiles and links that leave the folder are not there as far as a browser is concerned. A FIFO, a socket or a device would keep whoever opens it waiting, and
 * is refused like a file that cannot be read.
 * @param path of a request, decoded, with a slash in front; one that ends with a slash is the index.html of that folder
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
