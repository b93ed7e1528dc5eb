// backproof init: one's own network to fill in, with a test and a CI step; or a function or a layer
// for `check`.
import { basename, dirname, extname, join } from 'node:path';
import { isThere } from '../../data/files/read-text.ts';
import { UsageError } from '../../errors.ts';
import { requireWritable, writeText } from '../../data/files/write.ts';
import { EXIT } from '../../program/exit-codes.ts';
import type { Io } from '../../program/io.ts';
import { commandLine } from '../environment.ts';
import type { Options } from '../options.ts';
import { checkTemplate } from '../template/check.ts';
import type { Subject } from '../template/check.ts';
import { template } from '../template/network.ts';
import type { Language } from '../template/network.ts';

export async function runInit(options: Options, io: Io): Promise<number> {
  if (options.function === true && options.layer === true)
    throw new UsageError('--function and --layer: give one of them');
  if (options.function === true || options.layer === true)
    return startCheck(options.layer === true ? 'layer' : 'function', options, io);
  const { folder = '.', language = 'typescript', style = 'functions', loss } = options;
  if (Object.hasOwn(LANGUAGE_OF, extname(folder)))
    throw new UsageError(`${folder}: expected a folder`, 'a file goes with --function and --layer');
  const files = template(language, style, loss).map(({ path, text }) => ({ path: join(folder, path), text }));
  await writeNew(files, io, options);
  const [network, test, workflow] = files.map(({ path }) => path);
  if (options.json !== true)
    io.out(
      [
        `${network}  your network: all but the backward pass, which is yours to write`,
        `${test}  a test of it for vitest`,
        `${workflow}  the same check in CI`,
        '',
        'Now run this; it says what is missing:',
        '',
        `  npx backproof compare --candidate ${network}${loss === undefined ? '' : ` --loss ${loss}`}`,
        '',
        'The test needs vitest: npm install --save-dev vitest && npx vitest run',
        '',
      ].join('\n'),
    );
  return EXIT.agree;
}

const LANGUAGE_OF: Readonly<Record<string, Language>> = {
  '.ts': 'typescript',
  '.mts': 'typescript',
  '.js': 'javascript',
  '.mjs': 'javascript',
};

/** One file for `check`, which finds it right. */
async function startCheck(subject: Subject, options: Options, io: Io): Promise<number> {
  const { folder: given = '.', language: asked } = options;
  const other = (['style', 'loss'] as const).find((name) => options[name] !== undefined);
  if (other !== undefined) throw new UsageError(`--${other} is for a network`, `it has no effect with --${subject}`);
  const isFile = Object.hasOwn(LANGUAGE_OF, extname(given));
  const language = isFile ? LANGUAGE_OF[extname(given)] : (asked ?? 'typescript');
  if (asked !== undefined && asked !== language)
    throw new UsageError(`--language ${asked}: ${given} is a file in ${language}`, 'give one of them');
  // .mjs is read as a module whatever the folder's package.json says
  const path = isFile ? given : join(given, `my-${subject}.${language === 'typescript' ? 'ts' : 'mjs'}`);
  await writeNew([{ path, text: checkTemplate(subject, language, basename(path)) }], io, options);
  if (options.json !== true)
    io.out(
      [
        `${path}  a ${subject} that is right: put your own in its place`,
        '',
        'Now run this; it says whether it is right:',
        '',
        `  ${commandLine('check', {}, {}, [path])}`,
        '',
      ].join('\n'),
    );
  return EXIT.agree;
}

/**
 * Writes files that are not there yet, or none.
 * @throws UsageError if one is there
 */
async function writeNew(
  files: readonly { readonly path: string; readonly text: string }[],
  io: Io,
  { json }: Options,
): Promise<void> {
  const there = files.filter(({ path }) => isThere(path)).map(({ path }) => path);
  if (there.length > 0)
    throw new UsageError(
      `${there.join(', ')} ${there.length === 1 ? 'is' : 'are'} there already; nothing was written`,
      'name another place',
    );
  for (const { path } of files) requireWritable(dirname(path), 'init');
  for (const { path, text } of files) await writeText(path, text, 'init');
  if (json !== true) return;
  const written = files.map(({ path }) => path);
  io.out(`${JSON.stringify({ schemaVersion: 1, kind: 'init', files: written }, null, 1)}\n`);
}
