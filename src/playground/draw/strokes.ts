// A drawing as strokes on a square, for the link; and how they become pixels.

/** The side of the square, in the units of the points. */
export const PAD = 280;
/** White paper around it: a digit may reach its edge. */
const MARGIN = 20;
const PEN = 20;
const MOST = { strokes: 100, numbers: 8000 };

/** x, y, x, y ... as whole numbers. */
export type Stroke = readonly number[];

export interface Drawing {
  readonly strokes: readonly Stroke[];
  /** The test digit that is shown in their place, or null. */
  readonly example: number | null;
}

export const EMPTY: Drawing = { strokes: [], example: null };

/** A state from anywhere; what is no drawing is an empty one. */
export function drawingFrom(state: unknown): Drawing {
  if (typeof state !== 'object' || state === null) return EMPTY;
  const { strokes, example } = state as { strokes?: unknown; example?: unknown };
  const isExample = typeof example === 'number' && Number.isSafeInteger(example) && example >= 0;
  const isPlace = (n: unknown): boolean => typeof n === 'number' && n >= -PAD && n <= 2 * PAD;
  const isStroke = (s: unknown): s is Stroke =>
    Array.isArray(s) && s.length >= 2 && s.length % 2 === 0 && s.length <= MOST.numbers && s.every(isPlace);
  const fits = Array.isArray(strokes) && strokes.length <= MOST.strokes && strokes.every(isStroke);
  return { strokes: fits ? strokes : [], example: isExample ? example : null };
}

export function isEmpty({ strokes, example }: Drawing): boolean {
  return strokes.length === 0 && example === null;
}

export function draw(context: CanvasRenderingContext2D, strokes: readonly Stroke[]): void {
  context.fillStyle = '#fff';
  context.fillRect(0, 0, PAD, PAD);
  ink(context, strokes);
}

function ink(context: CanvasRenderingContext2D, strokes: readonly Stroke[]): void {
  context.lineWidth = PEN;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.strokeStyle = '#111';
  for (const stroke of strokes) {
    const [x = 0, y = 0] = stroke;
    context.beginPath();
    context.moveTo(x, y);
    if (stroke.length === 2) context.lineTo(x + 0.1, y); // a dot
    for (let i = 2; i < stroke.length; i += 2) context.lineTo(stroke[i] ?? 0, stroke[i + 1] ?? 0);
    context.stroke();
  }
}

/** The drawing on white paper with a margin, as pixels; (rows, cols, 4). */
export function pixelsOf(strokes: readonly Stroke[]): { rows: number; cols: number; data: Uint8Array } {
  const side = PAD + 2 * MARGIN;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [side, side];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser gives no canvas to draw on');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  context.translate(MARGIN, MARGIN);
  ink(context, strokes);
  const { data } = context.getImageData(0, 0, side, side);
  return { rows: side, cols: side, data: new Uint8Array(data.buffer) };
}
