// `npm run docs`: README, documents and the API as one site, docs/api/index.html, which opens
// from the file system and loads nothing from elsewhere. TypeDoc makes it by typedoc.json; any
// warning fails.
import { readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { Application, Converter, ReflectionKind } from 'typedoc';
import type { CommentDisplayPart, DocumentReflection } from 'typedoc';
import { ROOT } from '../package/pack.ts';

/** In the order in which they are listed; documents that stand in none are of the project. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  Use: ['docs', 'candidates', 'protocol', 'matchers', 'cases', 'command-line', 'reading-a-report', 'ci', 'packaging'],
  Understand: ['engines-and-backends', 'the-bound', 'diagnosis', 'checking-the-checker'],
  Learn: ['playground', 'experiments', 'digits'],
  Figures: ['benchmarks', 'measurements'],
};

const app = await Application.bootstrapWithPlugins({});
const { homepage } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { homepage: string };
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

const mediaPaths = app.files.getMediaPaths.bind(app.files);
app.files.getMediaPaths = () => [...mediaPaths()].filter((path) => !isFolder(path));
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const page of project.getReflectionsByKind(ReflectionKind.Document)) prepare(page as DocumentReflection);
  if (project.readme !== undefined) project.readme = project.readme.map(toRepository);
});
const project = await app.convert();
if (project !== undefined) {
  app.validate(project);
  await app.generateOutputs(project);
  sourcesAsText(app.options.getValue('out'));
}
if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;

/** A page is called as its first heading, which is not repeated below, and stands in its group. */
function prepare(page: DocumentReflection): void {
  const path = app.files.getReflectionPath(page) ?? page.name;
  const [first, ...rest] = page.content.map(toRepository);
  const [line, heading] = /^\s*# (.+)\n/.exec(first.text) ?? [];
  if (line === undefined || heading === undefined) throw new Error(`${path}: the first line is not a heading`);
  page.name = heading;
  page.content = [{ ...first, text: first.text.slice(line.length) }, ...rest];
  const [, file = ''] = /^docs\/(?:README|(.+))\.md$/.exec(relative(ROOT, path)) ?? [undefined, ' '];
  const [group = 'Project'] =
    Object.entries(GROUPS).find(([, files]) => files.includes(file === '' ? 'docs' : file)) ?? [];
  page.frontmatter['group'] = group;
}

/** A folder is no page of the site: a link to one leads to the repository. */
function toRepository(part: CommentDisplayPart): CommentDisplayPart {
  const path = part.kind === 'relative-link' && part.target !== undefined && app.files.resolvePath(part.target);
  if (typeof path !== 'string' || !isFolder(path)) return part;
  return { kind: 'text', text: `${homepage.replace(/#.*/, '')}/tree/main/${relative(ROOT, path)}` };
}

/** Browsers show no file that ends in .ts: the sources that pages link to are copied as text. */
function sourcesAsText(out: string): void {
  const media = join(out, 'media');
  const shown = ['.svg', '.png', '.html', '.json'];
  const sources = readdirSync(media).filter((name) => !shown.includes(extname(name)));
  for (const name of sources) renameSync(join(media, name), join(media, `${name}.txt`));
  for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'))) {
    const html = readFileSync(join(out, name), 'utf8');
    const linked = html.replace(/(href="(?:\.\.\/)*media\/)([^"/]+)"/g, (link, front: string, file: string) =>
      sources.includes(file) ? `${front}${file}.txt"` : link,
    );
    if (linked !== html) writeFileSync(join(out, name), linked);
  }
}
