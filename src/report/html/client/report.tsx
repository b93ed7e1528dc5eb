// The page of one report: everything on it comes from the JSON it carries.
import { render } from 'preact';
import type { CompareReport } from '../../report.ts';
import { wasTrained } from '../../words/sentences.ts';
import { Answers } from './sections/answers.tsx';
import { Disagreement } from './sections/disagreement.tsx';
import { embedded } from './parts/embedded.ts';
import { Gradients } from './sections/gradients.tsx';
import { Losses } from './sections/losses.tsx';
import { Overview } from './sections/overview.tsx';
import { Weights } from './sections/weights.tsx';

const SECTIONS = [
  { id: 'losses', title: 'Loss', Section: Losses, ofTraining: true },
  { id: 'gradients', title: 'How much of the bound was used', Section: Gradients, ofTraining: false },
  { id: 'weights', title: 'Each pixel has a weight', Section: Weights, ofTraining: true },
  { id: 'answers', title: 'Right and wrong answers', Section: Answers, ofTraining: true },
  { id: 'disagreement', title: 'Where it disagrees', Section: Disagreement, ofTraining: false },
];

function Report({ report }: { readonly report: CompareReport }) {
  const trained = wasTrained(report.freeRun);
  const sections = SECTIONS.filter(({ ofTraining }) => trained || !ofTraining);
  return (
    <>
      <Overview report={report} />
      <nav aria-label="on this page">
        <ul>
          {sections.map(({ id, title }) => (
            <li>
              <a href={`#${id}`}>{title}</a>
            </li>
          ))}
        </ul>
      </nav>
      {sections.map(({ Section }) => (
        <Section report={report} />
      ))}
    </>
  );
}

const place = document.getElementById('page');
if (place !== null) render(<Report report={embedded<CompareReport>('report')} />, place);
