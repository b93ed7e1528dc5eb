// backproof init: one's own network to fill in, with a test and a CI step.
import { dirname, join } from 'node:path';
import { isThere } from '../../data/files/read-text.ts';
import { UsageError } from '../../errors.ts';
import { requireWritable, writeText } from '../../data/files/write.ts';
import { EXIT } from '../../program/exit-codes.ts';
import type { Io } from '../../program/io.ts';
import type { Options } from '../options.ts';
import { template } from '../template/network.ts';

export async function runInit(options: Options, io: Io): Promise<number> {
  const { folder = '.', language = 'typescript', style = 'functions', loss } = options;
  const files = template(language, style, loss).map(({ path, text }) => ({ path: join(folder, path), text }));
  const there = files.filter(({ path }) => isThere(path)).map(({ path }) => path);
  if (there.length > 0)
    throw new UsageError(
      `${there.join(', ')} ${there.length === 1 ? 'is' : 'are'} there already; nothing was written`,
      'name another folder',
    );
  for (const { path } of files) requireWritable(dirname(path), 'init');
  for (const { path, text } of files) await writeText(path, text, 'init');
  const [network, test, workflow] = files.map(({ path }) => path);
  if (options.json === true) {
    io.out(`${JSON.stringify({ schemaVersion: 1, kind: 'init', files: [network, test, workflow] }, null, 1)}\n`);
    return EXIT.agree;
  }
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
