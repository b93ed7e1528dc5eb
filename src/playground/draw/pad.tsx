// The pad: drawn on with a mouse, a finger, or the keys. With keys a pen moves by arrows; space
// puts it down and lifts it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { PAD, draw } from './strokes.ts';
import type { Stroke } from './strokes.ts';

interface Props {
  readonly strokes: readonly Stroke[];
  /** isDone: the pen was lifted. */
  readonly onDraw: (strokes: readonly Stroke[], isDone: boolean) => void;
  readonly onClear: () => void;
}

const STEP = 14;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

interface Pen {
  readonly x: number;
  readonly y: number;
  readonly isDown: boolean;
}

export function Pad({ strokes, onDraw, onClear }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const pointer = useRef<number | null>(null);
  // the newest strokes: several events may come before they are drawn
  const newest = useRef(strokes);
  newest.current = strokes;
  const [pen, setPen] = useState<Pen | null>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context !== undefined && context !== null) draw(context, strokes);
  }, [strokes]);

  const change = (next: readonly Stroke[], isDone: boolean): void => {
    newest.current = next;
    onDraw(next, isDone);
  };
  const longer = (x: number, y: number): readonly Stroke[] => {
    const last = newest.current.at(-1) ?? [];
    return [...newest.current.slice(0, -1), [...last, x, y]];
  };
  const placeOf = ({ clientX, clientY }: PointerEvent): [number, number] => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined) return [0, 0];
    return [Math.round(((clientX - box.left) / box.width) * PAD), Math.round(((clientY - box.top) / box.height) * PAD)];
  };

  const press = (event: KeyboardEvent): void => {
    const arrow = ARROWS[event.key];
    const at = pen ?? { x: PAD / 2, y: PAD / 4, isDown: false };
    if (arrow !== undefined) {
      const step = event.shiftKey ? STEP / 4 : STEP;
      const inside = (n: number): number => Math.max(0, Math.min(PAD, Math.round(n)));
      const [x, y] = [inside(at.x + arrow[0] * step), inside(at.y + arrow[1] * step)];
      if (at.isDown) change(longer(x, y), false);
      setPen({ ...at, x, y });
    } else if (event.key === ' ' || event.key === 'Enter') {
      if (at.isDown) change(newest.current, true);
      else change([...newest.current, [at.x, at.y]], false);
      setPen({ ...at, isDown: !at.isDown });
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      onClear();
      setPen({ ...at, isDown: false });
    } else return;
    event.preventDefault();
  };

  return (
    <div class="pad">
      <canvas
        ref={canvas}
        width={PAD}
        height={PAD}
        tabIndex={0}
        role="application"
        aria-label="drawing pad"
        aria-describedby="pad-keys"
        onKeyDown={press}
        onBlur={() => {
          if (pen?.isDown === true) change(newest.current, true);
          setPen(null);
        }}
        onPointerDown={(event) => {
          if (event.button !== 0 || pointer.current !== null) return;
          pointer.current = event.pointerId;
          event.currentTarget.setPointerCapture(event.pointerId);
          setPen(null);
          change([...newest.current, placeOf(event)], false);
        }}
        onPointerMove={(event) => {
          if (pointer.current === event.pointerId) change(longer(...placeOf(event)), false);
        }}
        onPointerUp={(event) => {
          if (pointer.current !== event.pointerId) return;
          pointer.current = null;
          change(newest.current, true);
        }}
        onPointerCancel={() => {
          pointer.current = null;
          change(newest.current, true);
        }}
      />
      {pen !== null && (
        <span
          class={`pen ${pen.isDown ? 'down' : ''}`}
          style={{ left: `${(100 * pen.x) / PAD}%`, top: `${(100 * pen.y) / PAD}%` }}
          aria-hidden="true"
        />
      )}
      <span class="hidden" role="status">
        {pen === null ? '' : penWords(pen)}
      </span>
    </div>
  );
}

/** "pen down, 50 % from the left, 25 % from the top" */
function penWords({ x, y, isDown }: Pen): string {
  const share = (n: number): string => `${Math.round((100 * n) / PAD)} %`;
  return `pen ${isDown ? 'down' : 'up'}, ${share(x)} from the left, ${share(y)} from the top`;
}
