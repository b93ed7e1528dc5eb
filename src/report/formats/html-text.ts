// Escapes foreign text for HTML, SVG and XML.

/** For text between tags. */
export function htmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** For text in a quoted attribute, or between tags. */
export function htmlAttribute(text: string): string {
  return htmlText(text).replaceAll('"', '&quot;');
}
