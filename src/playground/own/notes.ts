// Notes below lines of the editor: what is wrong there, and how to fix it.
import { RangeSet, StateEffect, StateField } from '@codemirror/state';
import type { EditorState, Range } from '@codemirror/state';
import { Decoration, EditorView, WidgetType } from '@codemirror/view';
import type { DecorationSet } from '@codemirror/view';

export interface Note {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

export const setNotes = StateEffect.define<readonly Note[]>();

class NoteWidget extends WidgetType {
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }

  override eq(other: NoteWidget): boolean {
    return other.text === this.text;
  }

  override toDOM(): HTMLElement {
    const box = document.createElement('div');
    box.className = 'note-below';
    box.textContent = this.text;
    return box;
  }
}

export const notesField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(setNotes)) return decorationsOf(effect.value, transaction.state);
    return shown.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

function decorationsOf(notes: readonly Note[], { doc }: EditorState): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  for (const { line, text } of notes) {
    if (line < 1 || line > doc.lines) continue;
    const { from, to } = doc.line(line);
    ranges.push(Decoration.line({ class: 'line-wrong' }).range(from));
    ranges.push(Decoration.widget({ widget: new NoteWidget(text), block: true, side: 1 }).range(to));
  }
  return RangeSet.of(ranges, true);
}
