// Makes foreign text (names, notes, messages, paths) safe to print: one line that a terminal or log
// only shows. Applied where such text enters, and to every string of a report before it is shown.
// Also names as a list in a sentence.

/** Most characters of foreign text that are shown. */
export const SHOWN = 200;

/** Escape sequences that a terminal obeys: colours, cursor movements, the window title. */
const SEQUENCE =
  // eslint-disable-next-line no-control-regex
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-~])|\u009b[0-?]*[ -/]*[@-~]/g;
/** Zero-width characters, and those that change the direction of text. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/gu;
const LINE_BREAK = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;
/** Characters that no format can hold: control characters, lone surrogates, noncharacters. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\ufff9-\ufffb]/gu;
/** Commands that Azure Pipelines and GitHub Actions obey anywhere in a log line. */
const LOG_COMMAND = /##(?=(?:vso)?\[)/gi;
/** Piles of accents, which would cover other lines. */
const PILE = /(\p{M}{4})\p{M}+/gu;

/**
 * One line of printable characters. Markup is kept: see report/formats/markdown-text.ts.
 * @param foreign text of any length; beyond `most` characters its middle is left out
 */
export function safeText(foreign: string, most = SHOWN): string {
  const line = clean(ends(foreign, 8 * most))
    .replace(/ +/g, ' ')
    .trim();
  return ends(line, most);
}

/** Text of several lines, such as the output of a program; its line breaks are kept. */
export function safeLines(foreign: string): string {
  return foreign.split(LINE_BREAK).map(clean).join('\n');
}

/**
 * Whether text would break the line, move the cursor or change the direction where it is printed.
 */
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

/** Beginning and end of text that is too long. */
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

/** "a, b and c"; more than `most` are counted: "a, b and 3 more" */
export function listed(names: readonly string[], most = Infinity): string {
  if (names.length > most) return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
