// A picture of 28 × 28 on a canvas: ink, and over it which pixels spoke for something (blue) and
// against it (orange).
import { useEffect, useRef } from 'preact/hooks';

interface Props {
  readonly side: number;
  /** 0 no ink, 255 full ink. */
  readonly ink: ArrayLike<number>;
  /** For (above 0) or against (below 0); the largest is drawn full. Missing: ink alone. */
  readonly spoke?: ArrayLike<number>;
  readonly alternative: string;
}

/** Okabe and Ito's blue and vermilion, which every eye tells apart. */
const [FOR, AGAINST] = [
  [0, 114, 178],
  [213, 94, 0],
] as const;

export function DigitPicture({ side, ink, spoke, alternative }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === undefined || context === null) return;
    const image = context.createImageData(side, side);
    const most = spoke === undefined ? 0 : largest(spoke);
    for (let i = 0; i < side * side; i++) {
      const share = most === 0 ? 0 : (spoke?.[i] ?? 0) / most;
      const strength = Math.sqrt(Math.abs(share)); // so that small ones are seen too
      // beside colours, ink is a shadow
      const paper = 255 - (ink[i] ?? 0) * (spoke === undefined ? 0.93 : 0.3);
      const colour = share >= 0 ? FOR : AGAINST;
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = paper + strength * ((colour[c] ?? 0) - paper);
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }, [ink, spoke, side]);
  return <canvas class="digit" ref={canvas} width={side} height={side} role="img" aria-label={alternative} />;
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] ?? 0);
    if (Number.isFinite(size) && size > most) most = size;
  }
  return most;
}
