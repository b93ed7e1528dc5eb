// What is wider than the page scrolls by itself, also from the keyboard.
import type { ComponentChildren } from 'preact';

interface Props {
  /** What those hear who do not see it. */
  readonly label: string;
  readonly children: ComponentChildren;
}

export function Scroll({ label, children }: Props) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  );
}
