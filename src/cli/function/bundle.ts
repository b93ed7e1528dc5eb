// Bundles somebody's file with the program that checks it in a page. esbuild does it; it is an
// optional package and loaded only here.
import { createRequire, isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import type * as Esbuild from 'esbuild';
import type { BuildFailure, Plugin } from 'esbuild';
import type { BrowserBackend } from '../../engines/tfjs/backends.ts';
import { pageProgram } from '../../engines/tfjs/browser/bundle.ts';
import { EngineUnavailableError, UsageError } from '../../errors.ts';
import { IN_NODE, SERVE } from './protocol.ts';

const BUNDLER = 'esbuild@0.28';

/**
 * @param file its absolute path
 * @param name how it is called in messages
 * @returns a module that serves its checks
 * @throws UsageError if it cannot run in a browser; EngineUnavailableError if there is no esbuild
 */
export async function bundleForPage(file: string, name: string, backend: BrowserBackend): Promise<string> {
  const { build } = await bundler(name, backend);
  const program = await pageProgram(import.meta.url);
  try {
    const { outputFiles } = await build({
      stdin: { contents: `${SERVE}(() => import(${JSON.stringify(file)}));`, resolveDir: dirname(file) },
      ...{ bundle: true, write: false, format: 'esm', target: 'es2022', platform: 'browser', charset: 'utf8' },
      ...{ logLevel: 'silent', keepNames: true, plugins: [ofNode(name), OF_PAGE] }, // errors go by their names
    });
    return `${program}\n${outputFiles[0].text}`;
  } catch (error) {
    throw notBundled(error as BuildFailure, name);
  }
}

async function bundler(name: string, backend: BrowserBackend): Promise<typeof Esbuild> {
  try {
    createRequire(import.meta.url).resolve('esbuild');
  } catch {
    throw new EngineUnavailableError(
      `the twin of ${name} on ${backend} runs in a browser, and esbuild, which makes the file ready for it, is not installed`,
      `npm install ${BUNDLER}`,
    );
  }
  return import('esbuild');
}

/** The file's own TensorFlow.js is the page's. */
const OF_PAGE: Plugin = {
  name: 'TensorFlow.js of the page',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@tensorflow\/tfjs(-core)?$/ }, ({ path }) => ({ path, namespace: 'page' }));
    onLoad({ filter: /.*/, namespace: 'page' }, () => ({ contents: 'module.exports = globalThis.tf;' }));
  },
};

/** A browser has no modules of Node. */
function ofNode(name: string): Plugin {
  return {
    name: 'modules of Node',
    setup({ onResolve }) {
      onResolve({ filter: /^[a-z]/ }, ({ path }) =>
        isBuiltin(path) ? { errors: [{ text: `${path}, which ${name} imports, is a module of Node` }] } : undefined,
      );
    },
  };
}

function notBundled({ errors, message }: BuildFailure, name: string): Error {
  const [first] = (errors as typeof errors | undefined) ?? [];
  const { text, location } = first ?? { text: message, location: null };
  const place = location === null ? '' : ` (${location.file}:${location.line})`;
  return new UsageError(`${name} cannot run in a browser, where its twin is: ${text}${place}`, IN_NODE);
}
