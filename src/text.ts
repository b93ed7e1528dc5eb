// Text that others wrote (names, notes, messages, paths), made one line that shows what it holds and does nothing else.
// This is the only way in: it is applied where such text enters, and to every string of a report before it is shown.

/** Characters of foreign text that are shown. */
export const SHOWN = 200;

/** What a terminal obeys: colours, movements of the cursor, the title of its window. */
const SEQUENCE =
  // eslint-disable-next-line no-control-regex
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-~])|\u009b[0-?]*[ -/]*[@-~]/g;
/** Zero-width characters, and those that turn the direction of what follows. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/gu;
const LINE_BREAK = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;
/** What no format holds: control characters, half surrogate pairs, code points that stand for nothing. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\ufff9-\ufffb]/gu;
/** What Azure Pipelines and GitHub Actions obey anywhere in a line of a log. */
const LOG_COMMAND = /##(?=(?:vso)?\[)/gi;
/** Accents that pile up over the lines around. */
const PILE = /(\p{M}{4})\p{M}+/gu;

/** One line of printable characters. What a format reads as markup is still in it: see report/formats/markdown-text.ts.
 * @param foreign of any length; what is more than `most` characters is left out of its middle */
export function safeText(foreign: string, most = SHOWN): string {
  const line = clean(ends(foreign, 8 * most))
    .replace(/ +/g, ' ')
    .trim();
  return ends(line, most);
}

/** The same of text with lines of its own, such as what a program prints. */
export function safeLines(foreign: string): string {
  return foreign.split(LINE_BREAK).map(clean).join('\n');
}

/** Whether it would do something where it is printed: break the line, move the cursor, turn the direction. */
export function hasControls(text: string): boolean {
  return /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(text);
}

function clean(text: string): string {
  return text
    .replace(SEQUENCE, '')
    .replace(/[\s\u0085]/g, ' ')
    .replace(INVISIBLE, '')
    .replace(UNPRINTABLE, '\ufffd')
    .replace(PILE, '$1')
    .replace(LOG_COMMAND, '# #');
}

/** Beginning and end of what is too long. */
function ends(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.ceil((2 * most) / 3);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`.replace(/\p{Cs}/gu, '');
}

/** 101,770, whatever the language of the machine. */
export function formatCount(n: number): string {
  const [whole, rest] = String(n).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return rest === undefined ? grouped : `${grouped}.${rest}`;
}
