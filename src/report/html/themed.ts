// Drawings with three colours that a page replaces by its own, so that they are dark or light with
// it. As they are, they are readable on white.

/** Text and axes. */
export const INK = '#010203';
/** Grid lines. */
export const FAINT = '#d8d9da';
/** The background. */
export const PAPER = '#fffffe';

/**
 * The drawing with the ink, faint and paper colours of the page around it.
 * @param faint the page's colour of grid lines
 */
export function themed(svg: string, faint = 'var(--faint)'): string {
  return svg
    .replaceAll(new RegExp(INK, 'gi'), 'currentColor')
    .replaceAll(new RegExp(FAINT, 'gi'), faint)
    .replaceAll(new RegExp(PAPER, 'gi'), 'none');
}
