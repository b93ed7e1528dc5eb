// What is right, or long, is folded. It is made when it is opened; a link to something inside
// opens it.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface Props {
  readonly id?: string;
  readonly class?: string;
  readonly summary: ComponentChildren;
  readonly open?: boolean;
  /** Ids of what is inside, for links to it. */
  readonly holds?: readonly string[];
  readonly children: () => ComponentChildren;
}

export function Fold({ id, class: kind = '', summary, open = false, holds = [], children }: Props) {
  const element = useRef<HTMLDetailsElement>(null);
  const [opened, setOpened] = useState(open);
  useEffect(() => {
    const follow = (): void => {
      const target = decodeURIComponent(location.hash.slice(1));
      if (element.current === null || (target !== id && !holds.includes(target))) return;
      element.current.open = true;
      setOpened(true);
      requestAnimationFrame(() => reveal(target));
    };
    follow();
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, [id, holds.join()]);
  return (
    <details id={id} class={`fold ${kind}`} ref={element} open={open} onToggle={() => setOpened(true)}>
      <summary>{summary}</summary>
      {opened && <div class="folded">{children()}</div>}
    </details>
  );
}

/** Brings something to the top of the window, and the focus with it. */
export function reveal(id: string): void {
  const target = document.getElementById(id);
  target?.scrollIntoView();
  target?.focus({ preventScroll: true });
}
