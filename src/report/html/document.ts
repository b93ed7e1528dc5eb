// What every HTML file of a report has around its content.
import { htmlAttribute } from '../formats/html-text.ts';

/** The parts in which the files differ; `style` and `body` are HTML already. */
export interface DocumentParts {
  readonly title: string;
  /** What the page may load and run, as Content-Security-Policy says it. */
  readonly policy: string;
  readonly style: string;
  readonly body: string;
}

/** A whole document. Nothing in it comes from elsewhere; there is no icon to ask for. */
export function htmlDocument({ title, policy, style, body }: DocumentParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>backproof ${htmlAttribute(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
