// Your own: an editor, and at every pause in typing the verdict on what stands in it.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { PartProps } from '../ui/part.ts';
import { Editor } from './editor.tsx';
import { EXAMPLES } from './examples.ts';
import type { Outcome, Repair } from './messages.ts';
import { notesOn } from './notes-on.ts';
import { Pane } from './pane.tsx';
import { PAUSE } from './pause.ts';
import { Runner } from './runner.ts';
import { Toolbar } from './toolbar.tsx';
import { stateIn } from './state.ts';
import type { OwnState } from './state.ts';

export default function Own({ state: given, onState }: PartProps) {
  const [state, setState] = useState(() => stateIn(given));
  const [text, setText] = useState<string | null>(state.text);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [repair, setRepair] = useState<Repair | null>(null);
  const [isBusy, setBusy] = useState(true);
  const runner = useMemo(() => new Runner(), []);
  useEffect(() => () => runner.end(), [runner]);
  const example = EXAMPLES[state.example];
  const name = example?.file ?? 'my-mlp.ts';

  const change = (next: OwnState): void => {
    setState(next);
    onState(next);
  };
  useEffect(() => {
    if (state.text !== null) return setText(state.text);
    let isOld = false;
    void example?.text().then((whole) => {
      if (!isOld) setText(whole);
    });
    return () => {
      isOld = true;
    };
  }, [state.example, state.text === null]);

  const isFirst = useRef(true);
  useEffect(() => {
    if (text === null) return;
    setBusy(true);
    const timer = setTimeout(
      () => {
        isFirst.current = false;
        const job = { name, code: text, chosen: state.chosen, caseText: state.caseText };
        const done = (found: Outcome): void => {
          setRepair(null);
          setOutcome(found);
          setBusy(false);
        };
        runner.run(job, done, setRepair);
      },
      isFirst.current ? 0 : PAUSE,
    );
    return () => clearTimeout(timer);
  }, [text, name, state.chosen, state.caseText]);

  const write = (next: string): void => {
    setText(next);
    change({ ...state, text: next });
  };
  const notes = useMemo(
    () => (outcome === null || text === null ? [] : notesOn(outcome, text, example?.mistake, repair)),
    [outcome, repair], // of the text that it was found on
  );
  return (
    <div class="part own">
      <div class="opening">
        <h1>Your own</h1>
        <p class="lede">
          Write a network, a function or a layer. At every pause it is checked: is the gradient right, where is it wrong
          first, and which mistake explains it?
        </p>
      </div>
      <div class="desk">
        <section class="card code" aria-label="your code">
          <Toolbar state={state} outcome={outcome} change={change} isChanged={state.text !== null} />
          {text !== null && <Editor text={text} onText={write} notes={notes} label={`${name}, TypeScript`} />}
        </section>
        <Pane outcome={outcome} isBusy={isBusy} name={name} state={state} notes={notes} />
      </div>
    </div>
  );
}
