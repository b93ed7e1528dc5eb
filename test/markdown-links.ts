// Relative links of a Markdown document.

/** Without code: a link in it is an example. */
function prose(markdown: string): string {
  return markdown.replace(/^(```|~~~)[^]*?^\1$/gm, '').replace(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''));
}

/** Their targets, as written. */
export function linksOf(markdown: string): string[] {
  return [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}
