// The results of `npm run experiments` that are committed: sentences, charts and tables. Each
// question is loaded when it is opened.
import { themed } from '../../report/html/themed.ts';

export interface Figure {
  readonly name: string;
  readonly svg: string;
  readonly caption: string;
}

export interface Answer {
  readonly question: string;
  readonly command: string;
  readonly sentences: readonly string[];
  readonly figures: readonly Figure[];
  readonly tables: readonly {
    readonly caption: string;
    readonly head: readonly string[];
    readonly rows: readonly (readonly string[])[];
  }[];
}

/** In the order of the page of experiments. */
export const QUESTIONS = {
  flatten: 'Why flatten 28×28?',
  scaling: 'Why divide by 255?',
  'one-hot': 'Why one-hot?',
  'score-over-total': 'Score over total, or softmax?',
  'all-zero': 'Why are all the outputs sometimes 0?',
  'which-loss': 'Mean squared error or cross-entropy?',
  subtract: 'Add or subtract the gradient?',
  'step-size': 'How far to step?',
  backward: 'What does .backward() do?',
} as const;
export type QuestionId = keyof typeof QUESTIONS;
export const QUESTION_IDS = Object.keys(QUESTIONS) as QuestionId[];

type Stored = Omit<Answer, 'figures'> & {
  readonly figures: readonly (Omit<Figure, 'svg'> & { readonly file: string })[];
};

const FOLDER = '../../../results/experiments';
const documents = import.meta.glob<Stored>('../../../results/experiments/*.json', { import: 'default' });
const drawings = import.meta.glob<string>('../../../results/experiments/*.svg', { query: '?raw', import: 'default' });

/** @throws Error if a file cannot be fetched */
export async function loadAnswer(id: QuestionId): Promise<Answer> {
  const stored = await documents[`${FOLDER}/${id}.json`]?.();
  if (stored === undefined) throw new Error(`there are no results of ${id}`);
  const figures = await Promise.all(
    stored.figures.map(async ({ name, file, caption }) => {
      const svg = (await drawings[`${FOLDER}/${file}`]?.()) ?? '';
      return { name, caption, svg: themed(svg, 'var(--line)') };
    }),
  );
  return { ...stored, figures };
}
