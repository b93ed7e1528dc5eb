// The weights of a first layer as pictures of its inputs, one per unit: dark is negative, light is
// positive, as on the page of a report.
import { useEffect, useRef } from 'preact/hooks';
import { CIVIDIS } from '../../report/html/client/parts/canvas.tsx';

interface Props {
  /** W (inputs, units), row-major. */
  readonly weights: ArrayLike<number>;
  readonly units: number;
  /** Rows and columns of a picture: side · side inputs. */
  readonly side: number;
  /** At most so many units are drawn. */
  readonly most: number;
  /** The weight that is the lightest; its opposite is the darkest. */
  readonly scale: number;
}

export function UnitPictures({ weights, units, side, most, scale }: Props) {
  const list = useRef<HTMLOListElement>(null);
  const shown = Math.min(units, most);
  useEffect(() => {
    list.current?.querySelectorAll('canvas').forEach((canvas, unit) => {
      const context = canvas.getContext('2d');
      if (context !== null) context.putImageData(pictureOf(weights, units, side, unit, scale), 0, 0);
    });
  }, [weights, units, side, scale, shown]);
  return (
    <ol class="units" ref={list}>
      {Array.from({ length: shown }, (_, unit) => (
        <li>
          <canvas width={side} height={side} role="img" aria-label={`weights of unit ${unit}`} />
        </li>
      ))}
    </ol>
  );
}

function pictureOf(weights: ArrayLike<number>, units: number, side: number, unit: number, scale: number): ImageData {
  const image = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    const share = (weights[i * units + unit] ?? NaN) / scale;
    const byte = Number.isFinite(share) ? 128 + Math.round(127 * Math.max(-1, Math.min(1, share))) : 0;
    image.data.set(CIVIDIS(byte), 4 * i);
  }
  return image;
}

/** The largest of all these numbers, whatever their signs; 0 of none. */
export function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] ?? 0);
    if (Number.isFinite(size) && size > most) most = size;
  }
  return most;
}
