// Axes: where a number lies on them, and which numbers are written at them.

export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
  readonly label: (x: number) => string;
  /** Along the axis. */
  readonly name: string;
}

/** Round numbers from min to max, about `count` of them. */
export function ticksBetween(min: number, max: number, count: number): number[] {
  const span = max - min;
  if (!(span > 0)) return [min];
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((n) => n * power >= rough) ?? 10);
  const ticks: number[] = [];
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max * (1 + 1e-12) + step * 1e-9; i++) ticks.push(i * step);
  return ticks;
}

/** An axis that holds all of these, with a little room at both ends. */
export function axisAround(values: readonly number[], name: string, label: (x: number) => string): Axis {
  const finite = values.filter(Number.isFinite);
  const [least, most] = [
    finite.reduce((a, b) => Math.min(a, b), Infinity),
    finite.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  if (!(least <= most)) return { min: 0, max: 1, ticks: [0, 1], label, name };
  const room = (most - least || Math.abs(most) || 1) * 0.05;
  const [min, max] = [least >= 0 && least < 0.3 * most ? 0 : least - room, most + room];
  return { min, max, ticks: ticksBetween(min, max, 5), label, name };
}
