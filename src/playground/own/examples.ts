// What the reader can start from: the templates of `backproof init`, right and with mistakes, and
// the networks of the gallery.
import { checkTemplate } from '../../cli/template/check.ts';
import type { Chosen } from '../work/problem.ts';
import { filledTemplate, replaced, templateText } from './filled.ts';

export interface Example {
  readonly name: string;
  /** How the file is called: it stands in sentences. */
  readonly file: string;
  readonly text: () => Promise<string>;
  /** The code that is wrong, which stands in the text once; missing where something is left out. */
  readonly mistake?: string;
  /** The network that it is asked about, where it is not made for the usual one. */
  readonly chosen?: Partial<Chosen>;
}

interface Group {
  readonly name: string;
  readonly examples: Readonly<Record<string, Example>>;
}

/** The files of the gallery, each loaded when it is chosen. */
const GALLERY = import.meta.glob<string>('../../../examples/{class,loops,columns}/*.{ts,mjs}', {
  query: '?raw',
  import: 'default',
});

function fromGallery(name: string, path: string): Example {
  const load = GALLERY[`../../../examples/${path}`];
  return {
    name,
    file: path.slice(path.lastIndexOf('/') + 1),
    text: () => load?.() ?? Promise.reject(new Error(`there is no examples/${path}`)),
  };
}

/** @param right what the mistake stands in place of */
function network(name: string, right = '', mistake = ''): Example {
  const text = async (): Promise<string> =>
    right === '' ? filledTemplate() : replaced(filledTemplate(), right, mistake);
  return { name, file: 'my-mlp.ts', text, ...(mistake !== '' && { mistake }) };
}

function ofTemplate(subject: 'function' | 'layer', name: string, what = '', by = ''): Example {
  const file = subject === 'function' ? 'my-function.ts' : 'my-layer.ts';
  const text = checkTemplate(subject, 'typescript', file);
  return {
    name,
    file,
    text: async () => (what === '' ? text : replaced(text, what, by)),
    ...(by !== '' && { mistake: by }),
  };
}

const GROUPS: readonly Group[] = [
  {
    name: 'A network to write',
    examples: {
      template: {
        name: 'The template: its backward pass is missing',
        file: 'my-mlp.ts',
        text: async () => templateText(),
      },
      'template-class': {
        name: 'The same as a class',
        file: 'my-mlp.ts',
        text: async () => templateText('class'),
      },
    },
  },
  {
    name: 'A network with a mistake',
    examples: {
      'bias-overwritten': network('One character is missing', 'bias[unit]! += d', 'bias[unit]! = d'),
      'no-mean': network('Forgot to divide by the batch size', '(p - targets[b]![k]!) / B', 'p - targets[b]![k]!'),
      'no-derivative': network(
        'Forgot the derivative of relu',
        'row.map((d, unit) => (z[b]![unit]! > 0 ? d : 0))',
        'row.map((d, unit) => d)',
      ),
      'wrong-sign': network('Subtracted the wrong way round', '(p - targets[b]![k]!) / B', '(targets[b]![k]! - p) / B'),
      'class-mistake': fromGallery('A class that forgets to set its gradients to 0', 'class/mistake.ts'),
      'loops-mistake': {
        ...fromGallery('Loops: a bias is overwritten', 'loops/mistake.mjs'),
        mistake: 'gradients[l].bias[o] = dz[o]',
      },
      'columns-mistake': {
        ...fromGallery('Columns: the derivative at the wrong place', 'columns/mistake.ts'),
        chosen: { activation: 'tanh' },
      },
    },
  },
  {
    name: 'A network that is right',
    examples: {
      right: network('The template, filled in'),
      'class-right': fromGallery('A class with a cache', 'class/network.ts'),
      'loops-right': fromGallery('Loops over the examples', 'loops/network.mjs'),
      'columns-right': { ...fromGallery('Columns, Z = W X + b', 'columns/network.ts'), chosen: { activation: 'tanh' } },
    },
  },
  {
    name: 'Any function, any layer',
    examples: {
      function: ofTemplate('function', 'A function: logistic regression'),
      'function-mistake': ofTemplate(
        'function',
        'A function whose bias gradient is wrong',
        'g.bias += dz',
        'g.bias = dz',
      ),
      layer: ofTemplate('layer', 'A layer: dense with tanh'),
      'layer-mistake': ofTemplate(
        'layer',
        'A layer without the derivative of tanh',
        'd * (1 - a[n]![j]! ** 2)',
        'd * (1 - a[n]![j]!)',
      ),
    },
  },
];

export const EXAMPLES: Readonly<Record<string, Example>> = Object.fromEntries(
  GROUPS.flatMap(({ examples }) => Object.entries(examples)),
);

/** What is shown first: a network that looks right, and one character is missing. */
export const FIRST_EXAMPLE = 'bias-overwritten';

export function exampleGroups(): readonly { readonly name: string; readonly ids: readonly string[] }[] {
  return GROUPS.map(({ name, examples }) => ({ name, ids: Object.keys(examples) }));
}
