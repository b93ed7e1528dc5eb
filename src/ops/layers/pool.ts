// What max-pool and average-pool have in common: windows per channel.
import { SIZE, WINDOW_FIELDS, formatSize, pairOf, windowsOf } from './windows.ts';
import type { PoolFields, Windows } from './windows.ts';

/** The windows of a pooling layer. @throws UsageError if none fits */
export const poolWindows = (spec: PoolFields): Windows => windowsOf(spec, spec.size, spec.size);

/** What the pages of both have in common. */
export function pooling(id: string) {
  return {
    reads: 'picture',
    counts: [],
    fields: { size: SIZE, ...WINDOW_FIELDS },
    short: {
      read(text: string) {
        const [h, w] = /^\d+(x\d+)?$/.test(text) ? text.split('x').map(Number) : [];
        if (h === undefined) return null;
        return { size: w === undefined ? h : [h, w] };
      },
      write: ({ size }: PoolFields) => formatSize(size),
      example: `${id}:2`,
    },
    symbols: {},
    shape(spec: PoolFields) {
      const { R, Q, C } = poolWindows(spec);
      return [R, Q, C];
    },
    outputs(spec: PoolFields) {
      const { R, Q, C } = poolWindows(spec);
      return R * Q * C;
    },
    multiplications(spec: PoolFields) {
      const { R, Q, C, kh, kw } = poolWindows(spec);
      return R * Q * C * kh * kw;
    },
    parameters: () => [],
  } as const;
}

/** Size, stride and padding as TensorFlow.js takes them. */
export function tfjsPool({ size, stride = size, padding = 'valid' }: PoolFields): {
  poolSize: [number, number];
  strides: [number, number];
  padding: 'same' | 'valid';
} {
  return { poolSize: [...pairOf(size)], strides: [...pairOf(stride)], padding };
}
