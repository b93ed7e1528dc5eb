// Foreign text in HTML, SVG and XML.

/** Between tags. */
export function htmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Between the quotes of an attribute; between tags too. */
export function htmlAttribute(text: string): string {
  return htmlText(text).replaceAll('"', '&quot;');
}
