// All entries of a wrong tensor as one picture: nothing where they are within their bounds, a
// colour where they are not.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { EntryMap } from '../../../../check/diagnosis/entry-map.ts';
import { formatCount, formatUsed } from '../../../words/numbers.ts';
import {
  RIGHT,
  NOT_A_NUMBER,
  axesOf,
  cellsOf,
  patternWords,
  reduced,
  timesOf,
  transposed,
} from '../model/map-cells.ts';
import type { Cells } from '../model/map-cells.ts';

/** Above and below the exact value (Okabe & Ito 2008: apart for every eye), and not a number. */
const ABOVE = [213, 94, 0] as const;
const BELOW = [0, 114, 178] as const;
const BROKEN = [204, 72, 153] as const;
/** How much of a colour the smallest error has. */
const PALEST = 0.3;

/** Red, green, blue and opacity of a byte. */
export function colourOf(byte: number): readonly [number, number, number, number] {
  if (byte === RIGHT) return [0, 0, 0, 0];
  if (byte === NOT_A_NUMBER) return [...BROKEN, 255];
  const strength = PALEST + (1 - PALEST) * ((Math.abs(byte - RIGHT) - 1) / 126);
  return [...(byte > RIGHT ? ABOVE : BELOW), Math.round(255 * strength)];
}

interface Props {
  readonly id: string;
  /** dW1, dz2, outputs ... */
  readonly name: string;
  readonly map: EntryMap;
}

export function HeatMap({ id, name, map }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [pointed, point] = useState('');
  useEffect(() => {
    if (place.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const axes = axesOf(name, map.shape);
  const turned = map.rows > map.cols && map.cols > 1;
  const words = patternWords(map, axes);
  const [across, down] = turned ? [axes.row, axes.col] : [axes.col, axes.row];
  return (
    <figure class="map" id={id}>
      <div ref={place} class="map-place">
        {width > 0 && (
          <MapCanvas
            map={map}
            turned={turned}
            width={width}
            label={`${name}, all entries: ${words}`}
            point={(row, col, byte) => point(entryWords(name, map, row, col, byte))}
          />
        )}
      </div>
      <figcaption>
        <span class="axes">
          {map.shape.length > 1 ? `${across}s run across, ${down}s down` : `${across}s run across`}
        </span>
        <Legend map={map} />
        <span class="pointed">{pointed}</span>
      </figcaption>
    </figure>
  );
}

interface CanvasProps {
  readonly map: EntryMap;
  readonly turned: boolean;
  readonly width: number;
  readonly label: string;
  readonly point: (row: number, col: number, byte: number) => void;
}

/** Height of a map that is not cut: what fits on a screen. */
const MOST_HIGH = 420;
const LARGEST_CELL = 22;

function MapCanvas({ map, turned, width, label, point }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const all = cellsOf(map);
  const cells = reduced(turned ? transposed(all) : all, { rows: MOST_HIGH, cols: width });
  const [across, down] = sizeOfCell(cells, width);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === undefined || context === null) return;
    const image = context.createImageData(cells.cols, cells.rows);
    cells.bytes.forEach((byte, i) => image.data.set(colourOf(byte), 4 * i));
    context.putImageData(image, 0, 0);
  }, [map, width]);
  const move = (event: PointerEvent): void => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined) return;
    const col = Math.min(cells.cols - 1, Math.floor(((event.clientX - box.left) / box.width) * cells.cols));
    const row = Math.min(cells.rows - 1, Math.floor(((event.clientY - box.top) / box.height) * cells.rows));
    const byte = cells.bytes[row * cells.cols + col] ?? RIGHT;
    const [r, c] = [row * cells.rowsPerCell, col * cells.colsPerCell];
    if (turned) point(c, r, byte);
    else point(r, c, byte);
  };
  return (
    <canvas
      ref={canvas}
      width={cells.cols}
      height={cells.rows}
      style={{ width: `${cells.cols * across}px`, height: `${cells.rows * down}px` }}
      role="img"
      aria-label={label}
      onPointerMove={move}
    />
  );
}

function sizeOfCell({ rows, cols }: Cells, width: number): [number, number] {
  const across = Math.min(LARGEST_CELL, width / cols);
  if (rows === 1) return [across, 30];
  return [across, Math.min(Math.max(across, Math.min(8, MOST_HIGH / rows)), MOST_HIGH / rows)];
}

function entryWords(name: string, { shape, most }: EntryMap, row: number, col: number, byte: number): string {
  const place = `${name}[${shape.length > 1 ? `${row},${col}` : String(col)}]`;
  if (byte === RIGHT) return `${place}: within the allowed error`;
  if (byte === NOT_A_NUMBER) return `${place}: not a finite number`;
  return `${place}: about ${formatUsed(timesOf(byte, most))} the allowed error, ${byte > RIGHT ? 'above' : 'below'} the exact value`;
}

function Legend({ map: { most, bytes } }: { readonly map: EntryMap }) {
  const broken = atob(bytes).includes('\u0000');
  return (
    <span class="legend">
      <span>
        <Swatch class="right" /> within the allowed error
      </span>
      <span>
        <Swatch class="below" /> below the exact value
      </span>
      <span>
        <Swatch class="above" /> above it
      </span>
      {broken && (
        <span>
          <Swatch class="broken" /> not a finite number
        </span>
      )}
      {most >= 2 && <span>darkest: {formatCount(Math.round(most))} times the allowed error</span>}
    </span>
  );
}

function Swatch({ class: kind }: { readonly class: string }) {
  return <span class={`swatch ${kind}`} aria-hidden="true" />;
}
