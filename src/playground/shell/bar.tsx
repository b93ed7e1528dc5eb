// The bar at the top: the name, the parts, light or dark, and the link to what is shown.
import { useRef, useState } from 'preact/hooks';
import { PARTS, PART_IDS } from './parts.ts';
import type { PartId } from './parts.ts';
import { THEMES, applyTheme, savedTheme } from './theme.ts';
import type { Theme } from './theme.ts';

interface Props {
  readonly current: PartId | null;
  readonly link: () => Promise<string>;
}

export function Bar({ current, link }: Props) {
  return (
    <header class="top">
      <a class="name" href="#own">
        <span class="mark" aria-hidden="true">
          ∂
        </span>
        backproof <span class="muted">playground</span>
      </a>
      <nav aria-label="parts">
        <ul>
          {PART_IDS.map((id) => (
            <li>
              <a href={`#${id}`} aria-current={id === current ? 'page' : undefined}>
                {PARTS[id].name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="tools">
        <CopyLink link={link} />
        <ThemeChoice />
      </div>
    </header>
  );
}

function CopyLink({ link }: Pick<Props, 'link'>) {
  const [said, say] = useState('');
  const copy = async (): Promise<void> => {
    const address = await link();
    history.replaceState(null, '', address);
    try {
      await navigator.clipboard.writeText(address);
      say('Copied');
    } catch {
      say('It is in the address bar');
    }
    setTimeout(() => say(''), 2500);
  };
  return (
    <>
      <button class="control" onClick={() => void copy()} title="A link that holds all that is shown here">
        {said === '' ? 'Copy link' : said}
      </button>
      <span class="hidden" role="status">
        {said}
      </span>
    </>
  );
}

const SIGNS: Record<Theme, string> = { system: '◐', light: '☀', dark: '☾' };

function ThemeChoice() {
  const [theme, choose] = useState(savedTheme);
  const current = useRef(theme);
  const next = after(theme);
  return (
    <button
      class="control sign"
      aria-label={`colours: ${theme}. Change to ${next}`}
      title={`Colours: ${theme}`}
      onClick={() => {
        current.current = after(current.current); // not `next`: two clicks may come before it is drawn
        applyTheme(current.current);
        choose(current.current);
      }}
    >
      <span aria-hidden="true">{SIGNS[theme]}</span>
    </button>
  );
}

function after(theme: Theme): Theme {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
}
