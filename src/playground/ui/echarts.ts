// ECharts with what lines need of it. chart.tsx loads this file with the first chart.
import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import type { EChartsType } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

export function chartOn(place: HTMLElement): EChartsType {
  use([LineChart, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);
  return init(place, null, { renderer: 'svg' });
}
