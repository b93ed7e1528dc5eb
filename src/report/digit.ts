// A picture and its class probabilities as text.

const SHADES = ' .:-=+*#%@'; // from no ink to full ink

/** rows x cols bytes (0: none, 255: full) as lines of text, two characters a pixel so that it is not squeezed. */
export function drawImage(pixels: ArrayLike<number>, rows: number, cols: number): string {
  const lines: string[] = [];
  for (let r = 0; r < rows; r++) {
    let line = '';
    for (let c = 0; c < cols; c++) {
      const shade = SHADES[Math.round((pixels[r * cols + c] / 255) * (SHADES.length - 1))];
      line += shade + shade;
    }
    lines.push(line.trimEnd());
  }
  return `${lines.join('\n')}\n`;
}

const BAR_WIDTH = 40;

/** One line a class: probability, bar, and a mark at the largest. */
export function drawProbabilities(shares: ArrayLike<number>, label: number): string {
  const best = Array.from(shares).reduce((at, x, k) => (x > shares[at] ? k : at), 0);
  return Array.from(shares, (share, k) => {
    const bar = '█'.repeat(Math.max(0, Math.min(BAR_WIDTH, Math.round(share * BAR_WIDTH))));
    const marks = [...(k === best ? ['predicted'] : []), ...(k === label ? ['label'] : [])].join(', ');
    return `${String(k).padStart(3)}  ${(100 * share).toFixed(2).padStart(6)} %  ${bar}${marks === '' ? '' : `  <- ${marks}`}\n`;
  }).join('');
}
