// Colours, font and patterns of the charts that scripts draw. The pages have their own, for dark and light: src/report/html/client.

/** Colours that people with colour blindness can tell apart (Okabe & Ito 2008). */
export const COLOURS = {
  blue: '#0072B2',
  vermilion: '#D55E00',
  green: '#009E73',
  purple: '#CC79A7',
  sky: '#56B4E9',
  orange: '#E69F00',
  black: '#000000',
} as const;

export const FONT = 'Arial, Helvetica, sans-serif';

/** A pattern over a colour, so that nothing depends on colour alone.
 * @param darkness how dark the stripes are, from 0 to 1 */
export function stripes(rotation: number, darkness: number): object {
  return { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [2, 6], rotation, color: `rgba(0,0,0,${darkness})` };
}
