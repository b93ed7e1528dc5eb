// Above the editor: what to start from, and for a network, the one that it is asked about.
import { useState } from 'preact/hooks';
import { DATASET_DEFAULTS, DEFAULTS } from '../../cli/arguments/defaults.ts';
import { DATA, FIRST_CHOICE, hiddenFrom } from '../work/problem.ts';
import type { Chosen } from '../work/problem.ts';
import { EXAMPLES, exampleGroups } from './examples.ts';
import type { Outcome } from './messages.ts';
import type { OwnState } from './state.ts';
import { ACTIVATIONS, LOSSES } from '../../ops/registry.ts';
import { OPTIMIZERS } from '../../ops/optimizers/optimizer.ts';

interface Props {
  readonly state: OwnState;
  readonly outcome: Outcome | null;
  readonly isChanged: boolean;
  readonly change: (next: OwnState) => void;
}

export function Toolbar({ state, outcome, isChanged, change }: Props) {
  const isNetwork = outcome === null || outcome.kind === 'network';
  return (
    <div class="toolbar">
      <label>
        Start from{' '}
        <select
          value={state.example}
          onChange={({ currentTarget: { value } }) =>
            change({ ...state, example: value, text: null, chosen: { ...FIRST_CHOICE, ...EXAMPLES[value]?.chosen } })
          }
        >
          {exampleGroups().map(({ name, ids }) => (
            <optgroup label={name}>
              {ids.map((id) => (
                <option value={id}>{EXAMPLES[id]?.name}</option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      {isChanged && (
        <button class="control" onClick={() => change({ ...state, text: null })}>
          Undo all changes
        </button>
      )}
      {isNetwork && <NetworkChoice state={state} change={change} />}
    </div>
  );
}

function NetworkChoice({ state, change }: Pick<Props, 'state' | 'change'>) {
  const { chosen } = state;
  const choose = (part: Partial<Chosen>): void => change({ ...state, chosen: { ...chosen, ...part } });
  const usual = DATASET_DEFAULTS[chosen.data].hidden;
  return (
    <details class="network-choice">
      <summary>The network that it is asked about: {networkWords(chosen, state.caseText)}</summary>
      <div class="fields">
        <Choice
          label="data"
          value={chosen.data}
          options={DATA}
          choose={(data) => choose({ data: data as Chosen['data'] })}
        />
        <Hidden value={chosen.hidden} usual={usual} choose={(hidden) => choose({ hidden })} />
        <Choice
          label="activation"
          value={chosen.activation}
          usual={DEFAULTS.activation}
          options={ACTIVATIONS}
          choose={(activation) => choose({ activation })}
        />
        <Choice
          label="output"
          value={chosen.output}
          usual="as the data asks"
          options={ACTIVATIONS}
          choose={(output) => choose({ output })}
        />
        <Choice
          label="loss"
          value={chosen.loss}
          usual="as the output asks"
          options={LOSSES}
          choose={(loss) => choose({ loss })}
        />
        <Choice
          label="optimizer"
          value={chosen.optimizer}
          usual={DEFAULTS.optimizer}
          options={OPTIMIZERS}
          choose={(optimizer) => choose({ optimizer })}
        />
        <label class="wide">
          or a case file, in place of these
          <textarea
            rows={2}
            spellcheck={false}
            placeholder='{ "format": "backproof-case/1", ... }'
            value={state.caseText}
            onInput={({ currentTarget }) => change({ ...state, caseText: currentTarget.value })}
          />
        </label>
      </div>
    </details>
  );
}

function networkWords({ data, hidden, activation, output }: Chosen, caseText: string): string {
  if (caseText !== '') return 'a case file';
  const units = hidden ?? DATASET_DEFAULTS[data].hidden;
  const layers = units.length === 0 ? 'no hidden layer' : `${units.join(', ')} hidden units`;
  return [data, layers, activation ?? DEFAULTS.activation, ...(output === null ? [] : [output])].join(', ');
}

interface ChoiceProps {
  readonly label: string;
  /** null: the usual one. */
  readonly value: string | null;
  /** What is taken where nothing is chosen; missing where something always is. */
  readonly usual?: string;
  readonly options: readonly string[];
  readonly choose: (value: string | null) => void;
}

function Choice({ label, value, usual, options, choose }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value ?? ''} onChange={({ currentTarget }) => choose(currentTarget.value || null)}>
        {usual !== undefined && <option value="">{usual}</option>}
        {options.map((option) => (
          <option value={option}>{option}</option>
        ))}
      </select>
    </label>
  );
}

interface HiddenProps {
  readonly value: readonly number[] | null;
  readonly usual: readonly number[];
  readonly choose: (hidden: readonly number[] | null) => void;
}

function Hidden({ value, usual, choose }: HiddenProps) {
  const [isWrong, setWrong] = useState(false);
  return (
    <label>
      hidden units
      <input
        value={(value ?? usual).join(', ')}
        inputMode="numeric"
        aria-invalid={isWrong}
        onChange={({ currentTarget }) => {
          const hidden = hiddenFrom(currentTarget.value);
          setWrong(hidden === null);
          if (hidden !== null) choose(hidden);
        }}
      />
      {isWrong && <span class="bad">at most 6 layers of 1 to 256 units: 16, 8</span>}
    </label>
  );
}
