// The page of one report: everything on it comes from the JSON it carries.
import { render } from 'preact';
import type { CompareReport } from '../../report.ts';
import { Answers } from './answers.tsx';
import { Disagreement } from './disagreement.tsx';
import { embedded } from './embedded.ts';
import { Gradients } from './gradients.tsx';
import { Losses } from './losses.tsx';
import { Overview } from './overview.tsx';
import { Weights } from './weights.tsx';

const SECTIONS = [
  ['losses', 'Loss'],
  ['gradients', 'How much of the bound was used'],
  ['weights', 'Each pixel has a weight'],
  ['answers', 'Right and wrong answers'],
  ['disagreement', 'Where it disagrees'],
] as const;

function Report({ report }: { readonly report: CompareReport }) {
  return (
    <>
      <Overview report={report} />
      <nav aria-label="on this page">
        <ul>
          {SECTIONS.map(([id, title]) => (
            <li>
              <a href={`#${id}`}>{title}</a>
            </li>
          ))}
        </ul>
      </nav>
      <Losses report={report} />
      <Gradients report={report} />
      <Weights report={report} />
      <Answers report={report} />
      <Disagreement report={report} />
    </>
  );
}

const place = document.getElementById('page');
if (place !== null) render(<Report report={embedded<CompareReport>('report')} />, place);
