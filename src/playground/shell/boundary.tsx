// Catches what a part throws while it is drawn: a sentence takes its place, the others still work.
import { Component } from 'preact';
import type { ComponentChildren } from 'preact';

interface Props {
  readonly children: ComponentChildren;
}

export class Boundary extends Component<Props, { readonly said: string | null }> {
  override state = { said: null };

  static override getDerivedStateFromError(error: unknown): { readonly said: string } {
    return { said: error instanceof Error ? error.message : String(error) };
  }

  override render({ children }: Props, { said }: { readonly said: string | null }) {
    if (said === null) return children;
    return (
      <p class="notice bad" role="alert">
        This part stopped: {said}. This is a bug in backproof. The other parts still work.
      </p>
    );
  }
}
