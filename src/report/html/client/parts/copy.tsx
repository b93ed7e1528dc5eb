// A command, and a button that copies it.
import { useRef, useState } from 'preact/hooks';

export function Command({ id, text }: { readonly id: string; readonly text: string }) {
  const code = useRef<HTMLElement>(null);
  const [said, say] = useState('Copy');
  const copy = async (): Promise<void> => {
    const copied = (await toClipboard(text)) || (code.current !== null && copySelection(code.current));
    say(copied ? 'Copied' : 'Press Ctrl+C');
    setTimeout(() => say('Copy'), 2000);
  };
  return (
    <div class="command">
      <code id={id} ref={code}>
        {text}
      </code>
      <button class="control" onClick={() => void copy()} aria-label="Copy the command">
        {said}
      </button>
      <span class="hidden" role="status">
        {said === 'Copy' ? '' : said}
      </span>
    </div>
  );
}

/** A page from a file may not be let. */
async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Leaves the command selected, so that it can be copied by hand. */
function copySelection(element: HTMLElement): boolean {
  getSelection()?.selectAllChildren(element);

  return document.execCommand('copy');
}
