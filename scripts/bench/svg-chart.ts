// What the benchmark's charts have in common: a heading above panels, one logarithmic scale, SVG.
import * as echarts from 'echarts';
import type { EChartsOption } from 'echarts';
import { FONT } from '../palette.ts';

export const WIDTH = 1100;

export interface Heading {
  readonly title: string;
  readonly subtitle: string;
  /** The text for screen readers. */
  readonly said: string;
}

/** A panel's title and where it stands. */
export interface PanelTitle {
  readonly text: string;
  readonly left: number;
  readonly top: number;
}

/** @param option axes, series and legend */
export function svgChart(heading: Heading, panels: readonly PanelTitle[], height: number, option: object): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({ ...frame(heading, panels), ...option });
  const svg = chart.renderToSVGString().replace('<svg ', `<svg role="img" aria-label="${heading.said}" `);
  chart.dispose();
  return `${svg}\n`;
}

function frame({ title, subtitle }: Heading, panels: readonly PanelTitle[]): EChartsOption {
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, fontSize: 15, color: '#222222' },
    title: [
      {
        text: title,
        left: 24,
        top: 18,
        subtext: subtitle,
        textStyle: { fontSize: 22, color: '#111111' },
        subtextStyle: { fontSize: 15, color: '#444444' },
      },
      ...panels.map((panel) => ({ ...panel, textStyle: { fontSize: 17, color: '#111111' } })),
    ],
  };
}

/** A logarithmic axis from the power of ten below all values to the one above. */
export function decades(values: readonly number[]) {
  return {
    type: 'log',
    min: 10 ** Math.floor(Math.log10(Math.min(...values))),
    max: 10 ** Math.ceil(Math.log10(Math.max(...values))),
    axisLabel: { fontSize: 14, color: '#444444', formatter: (x: number) => x.toLocaleString('en-US') },
    splitLine: { lineStyle: { color: '#dddddd' } },
  } as const;
}
