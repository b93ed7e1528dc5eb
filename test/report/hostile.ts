// Texts that would do something where they are printed, and for each format what its readers must
// not find.
import MarkdownIt from 'markdown-it';
import { SaxesParser } from 'saxes';

/** Possible names of a candidate or a file. */
export const HOSTILE = {
  'clears the screen': '\u001b[2J\u001b[H\u001b[32mAGREE\u001b[0m everything',
  'sets the title': 'x\u001b]0;title\u0007y',
  'hides an address': '\u001b]8;;http://example.com\u001b\\here\u001b]8;;\u001b\\',
  'moves by C1': 'x\u009b2Jy\u0085z',
  'forges a line': 'x\n\nAGREE  everything\n',
  'forges it by a return': 'x\rAGREE  everything',
  'forges it by a separator': 'x\u2028AGREE  everything\u2029y',
  'is a verdict': 'AGREE  everything',
  'turns the direction': 'x\u202eeerga\u202c\u2066y\u2069',
  'holds what does not show': 'x\u200b\u200d\ufeff\u00ad\u{e0041}y',
  'holds what is no character': 'x\u0000\u0001\u000b\ufffe\uffff\ud800y\udc00',
  'ends the script': '</script><img src=x onerror=alert(1)>',
  'is a comment': '<!-- x --> <details open>',
  'ends CDATA': ']]>x&lt;&#0;<![CDATA[',
  'is a link': '[x](http://example.com "t") and [y][z]',
  'is a picture': '![x](http://example.com/x.png)',
  'is an address': 'http://example.com www.example.com <ftp://example.com> a@example.com mailto:a@example.com',
  'is a mention': '@everyone and @org/team',
  'breaks the table': 'a | b \\| c \\\\| d',
  'is code': '`x` ```y``` $(id) `',
  'is a formula': '$x$ and $$y$$',
  'is emphasis': '**x** _y_ ~~z~~',
  'is a heading': '# x',
  'is a list': '- x',
  'is a numbered list': '1. x',
  'is a rule': '---',
  'is a quote': '> x',
  'is a command of a CI system': '##vso[task.complete result=Succeeded;] ##[group]x',
  'is a prototype': '__proto__',
  'is empty': '',
  'is a megabyte': `${'x'.repeat(1e6)}y`,
  'is a megabyte of lines': 'AGREE  x\n'.repeat(1e5),
  'piles up accents': `x${'\u0301'.repeat(5000)}`,
} as const;

/**
 * What is wrong with `text`, a report in that format, compared with the same report with
 * harmless names.
 */
export type Check = (text: string, harmless: string) => string[];

const VERDICTS = /^(AGREE|IDENTICAL|DISAGREE|INCONCLUSIVE|PROVED|FAILED)\b/;

/** The only sequences that backproof writes itself: a style and its end. */
// eslint-disable-next-line no-control-regex
const STYLES = /\u001b\[\d+m/g;

function longer(text: string, harmless: string): string[] {
  const names = 200; // how often a name of 200 characters, each of them escaped, may be in a report
  return text.length <= harmless.length + names * 200 * 6 ? [] : [`${text.length} characters long`];
}

export const terminal: Check = (text, harmless) => {
  const plain = text.replace(STYLES, '');
  const found = longer(text, harmless);
  const active = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u.exec(
    plain.replaceAll('\n', ''),
  );
  if (active !== null) found.push(`U+${active[0].codePointAt(0)?.toString(16) ?? ''} at ${active.index}`);
  if (plain.split('\n').length !== harmless.replace(STYLES, '').split('\n').length) found.push('other lines');
  const verdicts = plain.split('\n').filter((line) => VERDICTS.test(line)).length;
  if (verdicts !== 1) found.push(`${verdicts} verdicts`);
  if (/##(vso)?\[/.test(plain)) found.push('a command');
  if (/\p{M}{5}/u.test(plain)) found.push('a pile of accents');
  return found;
};

const markdownIt = new MarkdownIt({ html: true, linkify: true }); // as GitHub: HTML, and addresses without brackets
// if they start with http:// or similar; for www. see below
markdownIt.linkify.set({ fuzzyLink: false }).add('//', null);

/** The sequence of blocks, with everything but text inside each. */
function structure(text: string): string[] {
  return markdownIt.parse(text, {}).map((token) => {
    const inner = (token.children ?? []).map(({ type }) => type).filter((type) => !/^text(_special)?$/.test(type));
    return [token.type, token.tag, ...inner].join(' ');
  });
}

export const markdown: Check = (text, harmless) => {
  const found = longer(text, harmless);
  const [own, plain] = [structure(text), structure(harmless)];
  const at = own.findIndex((token, i) => token !== plain[i]);
  if (at >= 0 || own.length !== plain.length)
    found.push(`"${own[at] ?? 'nothing'}" in the place of "${plain[at] ?? 'nothing'}"`);
  const shown = markdownIt
    .parse(text, {})
    .flatMap(({ children }) => children ?? [])
    .filter(({ type }) => type !== 'code_inline')
    .map(({ content }) => content)
    .join('');
  const active = /@(?=[a-z])|:\/\/|\bwww\./.exec(shown);
  if (active !== null) found.push(`"${active[0]}" is read by GitHub`);
  if (/(?<!\\)\$/.test(text.replace(/^Repeat with .*$/m, ''))) found.push('a formula');
  // eslint-disable-next-line no-control-regex
  if (/[\p{Cs}\p{Bidi_Control}\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u.test(text)) found.push('a control character');
  return found;
};

/** Elements in order. @throws if it is not well-formed */
function elements(xml: string): string[] {
  const parser = new SaxesParser();
  const names: string[] = [];
  parser.on('opentag', ({ name }) => names.push(name));
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(xml).close();
  return names;
}

export const junit: Check = (text, harmless) => {
  const found = longer(text, harmless);
  try {
    if (elements(text).join() !== elements(harmless).join()) found.push('other elements');
  } catch (error) {
    found.push(String(error));
  }
  return found;
};

export const json: Check = (text, harmless) => {
  const found = longer(text, harmless);
  const visit = (value: unknown): void => {
    if (typeof value === 'string' && /\p{Cs}/u.test(value)) found.push('half a surrogate pair');
    if (typeof value === 'object' && value !== null) Object.entries(value).flat().forEach(visit);
  };
  try {
    visit(JSON.parse(text));
  } catch (error) {
    found.push(String(error));
  }
  return found;
};

export const html: Check = (text, harmless) => {
  const tags = (of: string): string => [...of.matchAll(/<\/?[a-z!][^\s>]*/gi)].join();
  return [...longer(text, harmless), ...(tags(text) === tags(harmless) ? [] : ['other tags'])];
};
