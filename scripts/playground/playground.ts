// `npm run playground`: builds the playground into dist-playground/, and serves it on this machine.
import { join } from 'node:path';
import { BackproofError } from '../../src/errors.ts';
import { flag, parse, text, whole } from '../options.ts';
import { ROOT } from '../package/pack.ts';
import { buildPlayground } from './build.ts';
import { serve } from './serve.ts';

async function main(argv: readonly string[]): Promise<void> {
  const options = await parse(argv, 'playground', (parser) =>
    parser
      .options({
        'build-only': flag('Build it into dist-playground/ and do not serve it'),
        port: text('Serve it at this port of 127.0.0.1; 4173 if not given'),
      })
      .strict(),
  );
  if (typeof options === 'string') return void process.stdout.write(options);
  const port = whole(options, 'port', 1) ?? 4173;
  const out = join(ROOT, 'dist-playground');
  await buildPlayground(out);
  if (options['build-only'] === true) return void console.log(`built: ${out}`);
  console.log(`playground: ${await serve(out, port)}\nCtrl-C ends it.`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const isOwn = error instanceof BackproofError;
  console.error(isOwn ? `playground: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}` : error);
  process.exitCode = isOwn ? 2 : 4;
});
