// Serves the playground, once it is built, on this machine.
import { preview } from 'vite';
import { SOURCE } from './build.ts';

/**
 * @param out the folder in which it was built
 * @param port 0: any that is free
 * @returns its address; the server has no end of its own
 */
export async function serve(out: string, port = 0): Promise<string> {
  const server = await preview({
    configFile: false,
    root: SOURCE,
    base: './',
    build: { outDir: out },
    logLevel: 'silent',
    preview: { host: '127.0.0.1', port },
  });
  return server.resolvedUrls?.local[0] ?? '';
}
