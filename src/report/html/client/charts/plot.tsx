// Lines and points as SVG, drawn for the width there is. Colours are the style sheet's, by name, so
// that dark, light and print need no drawing anew. A pointer over it reads the numbers.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Axis } from './scales.ts';

export interface Curve {
  readonly name: string;
  /** A variable of the style sheet: "candidate". */
  readonly color: string;
  readonly dash?: string;
  readonly width?: number;
  /** Whether points are joined. */
  readonly joined: boolean;
  readonly symbol: Symbol | null;
  readonly hollow?: boolean;
  /** null is a gap. */
  readonly points: readonly (readonly [number, number | null])[];
  /** What a pointer reads at a point. */
  readonly say: (n: number) => string;
}

export type Symbol = 'circle' | 'diamond' | 'triangle';

const SYMBOLS: Record<Symbol, string> = {
  circle: 'M-3.5,0a3.5,3.5 0 1,0 7,0a3.5,3.5 0 1,0 -7,0Z',
  diamond: 'M0,-3L3,0L0,3L-3,0Z',
  triangle: 'M0,-6L6,5L-6,5Z',
};

/** A line across the plot. */
export interface Mark {
  readonly x: number;
  readonly text: string;
}

interface Props {
  readonly label: string;
  readonly height: number;
  readonly x: Axis;
  readonly y: Axis;
  readonly curves: readonly Curve[];
  readonly mark?: Mark | null;
  readonly xWords: (x: number) => string;
}

const ROOM = { left: 58, right: 14, top: 12, bottom: 40 };

export function Plot({ label, height, x, y, curves, mark = null, xWords }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [pointed, point] = useState<Pointed | null>(null);
  useEffect(() => {
    if (place.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const [right, bottom] = [width - ROOM.right, height - ROOM.bottom];
  const atX = (v: number): number => ROOM.left + ((v - x.min) / (x.max - x.min || 1)) * (right - ROOM.left);
  const atY = (v: number): number => bottom - ((v - y.min) / (y.max - y.min || 1)) * (bottom - ROOM.top);
  const move = (event: PointerEvent): void => {
    const box = place.current?.getBoundingClientRect();
    if (box !== undefined) point(nearest(curves, [event.clientX - box.left, event.clientY - box.top], { atX, atY }));
  };
  return (
    <div
      class="chart"
      ref={place}
      style={{ height: `${height}px` }}
      onPointerMove={move}
      onPointerLeave={() => point(null)}
    >
      {width > 0 && (
        <svg viewBox={`0 0 ${width} ${height}`} width="100%" height={height} role="img" aria-label={label}>
          <Axes {...{ x, y, width, height, atX, atY }} />
          {curves.map((curve) => (
            <Drawn curve={curve} atX={atX} atY={atY} />
          ))}
          {mark !== null && <Marked mark={mark} at={atX(mark.x)} late={atX(mark.x) > width / 2} bottom={bottom} />}
          {pointed !== null && <path class="cursor" d={`M${pointed.x},${ROOM.top}V${bottom}`} />}
        </svg>
      )}
      {pointed !== null && (
        <div
          class="tip"
          style={pointed.x > width / 2 ? { right: `${width - pointed.x + 12}px` } : { left: `${pointed.x + 12}px` }}
        >
          <strong>{xWords(pointed.value)}</strong>
          {pointed.lines.map(({ curve, text }) => (
            <span>
              <Key curve={curve} /> {text}
            </span>
          ))}
        </div>
      )}
    </div>
  );
}

interface Scales {
  readonly atX: (v: number) => number;
  readonly atY: (v: number) => number;
}

function Axes({ x, y, width, height, atX, atY }: Scales & { x: Axis; y: Axis; width: number; height: number }) {
  const [right, bottom] = [width - ROOM.right, height - ROOM.bottom];
  const every = Math.max(1, Math.ceil((x.ticks.length * 64) / Math.max(1, right - ROOM.left)));
  return (
    <g class="axes">
      {y.ticks.map((v) => (
        <>
          <path class="grid" d={`M${ROOM.left},${atY(v)}H${right}`} />
          <text x={ROOM.left - 7} y={atY(v) + 4} text-anchor="end">
            {y.label(v)}
          </text>
        </>
      ))}
      <path class="axis" d={`M${ROOM.left},${bottom}H${right}`} />
      {x.ticks
        .filter((_, n) => n % every === 0)
        .map((v) => (
          <>
            <path class="axis" d={`M${atX(v)},${bottom}v4`} />
            <text x={atX(v)} y={bottom + 17} text-anchor="middle">
              {x.label(v)}
            </text>
          </>
        ))}
      <text class="name" x={(ROOM.left + right) / 2} y={height - 5} text-anchor="middle">
        {x.name}
      </text>
      <text class="name" transform={`translate(12,${(ROOM.top + bottom) / 2}) rotate(-90)`} text-anchor="middle">
        {y.name}
      </text>
    </g>
  );
}

function Drawn({ curve, atX, atY }: Scales & { readonly curve: Curve }) {
  const { color, dash, width = 1.5, joined, symbol, hollow = false, points } = curve;
  const paint = `var(--${color})`;
  return (
    <g>
      {joined && (
        <path
          fill="none"
          stroke={paint}
          stroke-width={width}
          stroke-dasharray={dash}
          stroke-linejoin="round"
          d={pathOf(points, atX, atY)}
        />
      )}
      {symbol !== null &&
        points.map(([px, py]) =>
          py === null ? null : (
            <path
              transform={`translate(${round(atX(px))},${round(atY(py))})`}
              d={SYMBOLS[symbol]}
              {...(hollow ? { fill: 'none', stroke: paint, 'stroke-width': 1.5 } : { fill: paint })}
            />
          ),
        )}
    </g>
  );
}

function pathOf(points: Curve['points'], atX: Scales['atX'], atY: Scales['atY']): string {
  let [path, pen] = ['', 'M'];
  for (const [px, py] of points) {
    if (py !== null) path += `${pen}${round(atX(px))},${round(atY(py))}`;
    pen = py === null ? 'M' : 'L';
  }
  return path;
}

function round(x: number): number {
  return Math.round(10 * x) / 10;
}

function Marked({ mark, at, late, bottom }: { mark: Mark; at: number; late: boolean; bottom: number }) {
  return (
    <g class="mark">
      <path d={`M${at},${ROOM.top}V${bottom}`} />
      <text x={late ? at - 6 : at + 6} y={ROOM.top + 10} text-anchor={late ? 'end' : 'start'}>
        {mark.text}
      </text>
    </g>
  );
}

/** What a curve looks like, in a legend. */
export function Key({ curve: { color, dash, joined, symbol, hollow = false } }: { readonly curve: Curve }) {
  const paint = `var(--${color})`;
  return (
    <svg class="key" width="26" height="12" viewBox="-13 -6 26 12" aria-hidden="true">
      {joined && <path fill="none" stroke={paint} stroke-width="2" stroke-dasharray={dash} d="M-12,0H12" />}
      {symbol !== null && (
        <path d={SYMBOLS[symbol]} {...(hollow ? { fill: 'none', stroke: paint } : { fill: paint })} />
      )}
    </svg>
  );
}

interface Pointed {
  readonly x: number;
  readonly value: number;
  readonly lines: readonly { readonly curve: Curve; readonly text: string }[];
}

/** Of joined curves all numbers at the nearest x; of points the nearest one. */
function nearest(curves: readonly Curve[], [px, py]: [number, number], { atX, atY }: Scales): Pointed | null {
  let best: { value: number; apart: number } | null = null;
  for (const { points, joined } of curves) {
    for (const [x, y] of points) {
      if (y === null) continue;
      const apart = joined ? Math.abs(atX(x) - px) : Math.hypot(atX(x) - px, atY(y) - py);
      if (best === null || apart < best.apart) best = { value: x, apart };
    }
  }
  if (best === null) return null;
  const { value } = best;
  const lines = curves.flatMap((curve) => {
    const n = curve.points.findIndex(([x, y]) => x === value && y !== null);
    return n < 0 ? [] : [{ curve, text: curve.say(n) }];
  });
  return { x: atX(value), value, lines };
}
