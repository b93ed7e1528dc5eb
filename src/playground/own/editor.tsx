// The editor: CodeMirror with TypeScript, and notes below the lines that they are about.
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { typescriptLanguage } from '@codemirror/lang-javascript';
import { bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'preact/hooks';
import { HIGHLIGHT } from './highlight.ts';
import { notesField, setNotes } from './notes.ts';
import type { Note } from './notes.ts';

interface Props {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly notes: readonly Note[];
  readonly label: string;
}

export function Editor({ text, onText, notes, label }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  /** Whether no note has been shown on this text: the first one is brought into view. */
  const isNew = useRef(true);
  const told = useRef(onText);
  told.current = onText;

  useEffect(() => {
    if (place.current === null) return;
    const editor = new EditorView({ parent: place.current, state: stateOf(text, label, (next) => told.current(next)) });
    view.current = editor;
    return () => editor.destroy();
  }, []);
  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === text) return;
    // another text: what was undone before belongs to the old one
    editor.setState(stateOf(text, label, (next) => told.current(next)));
    editor.scrollDOM.scrollTop = 0;
    isNew.current = true;
  }, [text]);
  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    editor.dispatch({ effects: setNotes.of(notes) });
    const [first] = notes;
    if (isNew.current && first !== undefined) bringIntoView(editor, first.line);
    if (first !== undefined) isNew.current = false;
  }, [notes]);
  return <div class="editor" ref={place} />;
}

function stateOf(doc: string, label: string, told: (text: string) => void): EditorState {
  return EditorState.create({
    doc,
    extensions: [
      lineNumbers(),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      highlightActiveLine(),
      typescriptLanguage,
      syntaxHighlighting(HIGHLIGHT),
      notesField,
      // Tab leaves the editor, for those without a mouse
      keymap.of([...defaultKeymap, ...historyKeymap]),
      EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0', spellcheck: 'false', autocorrect: 'off' }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) told(update.state.doc.toString());
      }),
    ],
  });
}

/** In the editor alone: the page stays where it is. */
function bringIntoView(editor: EditorView, line: number): void {
  if (line > editor.state.doc.lines) return;
  const { top } = editor.lineBlockAt(editor.state.doc.line(line).from);
  editor.scrollDOM.scrollTop = Math.max(0, top - editor.scrollDOM.clientHeight / 3);
}

/** Shows a line in the middle of the editor. */
export function showLine(line: number): void {
  const editor = EditorView.findFromDOM(document.querySelector<HTMLElement>('.cm-editor') ?? document.body);
  if (editor === null || line < 1 || line > editor.state.doc.lines) return;
  const { from } = editor.state.doc.line(line);
  editor.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) });
  editor.focus();
}
