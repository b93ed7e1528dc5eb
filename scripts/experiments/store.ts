// Stores each experiment as a JSON document with SVG files, so that running one experiment keeps the others on the page.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DataError } from '../../src/errors.ts';
import { writeText } from '../../src/data/files/write.ts';
import { commandOf, figureFile } from './section.ts';
import type { Section } from './section.ts';

const DOCUMENT = z.object({
  schemaVersion: z.literal(1),
  name: z.string(),
  question: z.string(),
  command: z.string(),
  settings: z.object({ seed: z.int(), quick: z.boolean() }),
  sentences: z.array(z.string()),
  figures: z.array(z.object({ name: z.string(), file: z.string(), caption: z.string(), alternative: z.string() })),
  tables: z.array(z.object({ caption: z.string(), head: z.array(z.string()), rows: z.array(z.array(z.string())) })),
  numbers: z.record(z.string(), z.unknown()),
  timing: z.object({ seconds: z.number() }),
});
type Document = z.infer<typeof DOCUMENT>;

/** Writes the figures first, so that an existing document has all its figures. */
export async function storeSection(folder: string, section: Section): Promise<void> {
  const { name, question, seed, quick, seconds, answer } = section;
  const { sentences, figures, tables, numbers } = answer;
  for (const figure of figures) await writeText(join(folder, figureFile(name, figure)), `${figure.svg}\n`);
  const document = {
    ...{ schemaVersion: 1 as const, name, question, command: commandOf(section), settings: { seed, quick } },
    sentences,
    figures: figures.map(({ svg: _, ...rest }) => ({ file: figureFile(name, rest), ...rest })),
    ...{ tables, numbers, timing: { seconds } },
  };
  await writeText(join(folder, `${name}.json`), format(document));
}

/** null if there is none. @throws DataError if the file is not an experiment */
export function readSection(folder: string, name: string): Section | null {
  const file = join(folder, `${name}.json`);
  if (!existsSync(file)) return null;
  try {
    const { question, settings, timing, figures, ...d }: Document = DOCUMENT.parse(
      JSON.parse(readFileSync(file, 'utf8')),
    );
    const pictures = figures.map(({ file: picture, ...rest }) => ({
      ...{ ...rest, svg: readFileSync(join(folder, picture), 'utf8').trimEnd() },
    }));
    const { sentences, tables, numbers } = d;
    return { name, question, ...settings, ...timing, answer: { sentences, tables, numbers, figures: pictures } };
  } catch (error) {
    const why =
      error instanceof z.ZodError ? `not as written here at ${error.issues[0].path.join('.')}` : String(error);
    throw new DataError(`${file}: cannot be used (${why.split('\n')[0]})`, `run: npm run experiments -- ${name}`);
  }
}

/** Indented JSON, with lists of numbers on one line. */
function format(document: object): string {
  const text = JSON.stringify(document, null, 1);
  return `${text.replaceAll(/\[[-+.\de,\s]+?\]|\[(?:null|[-+.\de,\s])+?\]/g, (list) => list.replaceAll(/\s+/g, ''))}\n`;
}
