// The bar that stays at the top: the verdict, who was compared, and the way to each section.
import { useEffect, useState } from 'preact/hooks';
import type { Report } from '../../../report.ts';
import { Verdict } from '../parts/verdict.tsx';

interface Link {
  readonly id: string;
  readonly title: string;
}

export function Bar({ report }: { readonly report: Report }) {
  const [links, setLinks] = useState<readonly Link[]>([]);
  useEffect(() => {
    const titles = [...document.querySelectorAll<HTMLElement>('main > section > h2')];
    setLinks(titles.map(({ id, innerText }) => ({ id, title: innerText })));
  }, []);
  return (
    <header class="bar">
      <a class="home" href="#page">
        <Verdict kind={report.verdict.kind} />
        <span class="who">
          {report.candidate.label} <span class="muted">against</span> {report.reference.label}
        </span>
      </a>
      <nav aria-label="on this page">
        <ul>
          {links.map(({ id, title }) => (
            <li>
              <a href={`#${id}`}>{title}</a>
            </li>
          ))}
        </ul>
      </nav>
    </header>
  );
}
