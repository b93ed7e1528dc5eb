// A finished experiment, from this run or a stored one, as the page and the Markdown show it.
import { htmlAttribute } from '../../src/report/formats/html-text.ts';
import type { Answer, Figure } from './experiment.ts';

export interface Section {
  readonly name: string;
  readonly question: string;
  readonly seed: number;
  readonly quick: boolean;
  readonly seconds: number;
  readonly answer: Answer;
}

export const DEFAULT_SEED = 1;

/** flatten-curves.svg */
export function figureFile(name: string, figure: Pick<Figure, 'name'>): string {
  return `${name}-${figure.name}.svg`;
}

/** The command that repeats the run. */
export function commandOf({ name, seed, quick }: Pick<Section, 'name' | 'seed' | 'quick'>): string {
  const options = [...(quick ? ['--quick'] : []), ...(seed === DEFAULT_SEED ? [] : ['--seed', seed])];
  return ['npm run experiments --', name, ...options].join(' ');
}

/** Adds the text alternative and makes ids unique: ECharts numbers the charts per process, and one page holds them all. */
export function finished(name: string, figure: Figure): Figure {
  const prefix = figureFile(name, figure).replace(/svg$/, '').replaceAll('.', '-');
  const svg = figure.svg
    .replaceAll(/<style[^>]*>.*?<\/style>| (class|pointer-events|ecmeta_\w+)="[^"]*"/gs, '') // for a pointer over it; classes are counted, too
    .replaceAll(/\bzr\d+-/g, prefix)
    .replace('<svg ', `<svg role="img" aria-label="${htmlAttribute(figure.alternative)}" `)
    .trimEnd();
  return { ...figure, svg };
}
