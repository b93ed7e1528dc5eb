// placeholder
import type { BenchReport } from './report.ts';
export function benchChart(_report: BenchReport): string {
  return '<svg xmlns="http://www.w3.org/2000/svg"/>\n';
}
