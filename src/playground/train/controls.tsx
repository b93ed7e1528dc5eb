// What a visitor chooses: the network, how it learns, what runs beside what.
import { useState } from 'preact/hooks';
import { PAGE_BACKENDS } from '../../engines/tfjs/in-browser.ts';
import { OPTIMIZERS } from '../../ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../ops/optimizers/registry.ts';
import { ACTIVATIONS, ELEMENTWISE_ACTIVATIONS, LOSSES } from '../../ops/registry.ts';
import { LIMITS, isChoice } from './choices.ts';
import type { Choices } from './choices.ts';

interface Props {
  readonly choices: Choices;
  /** A wrong number is not passed on: its field says what is wrong. */
  readonly onChoose: (change: Partial<Choices>) => void;
}

const ENGINE_WORDS = { vector: 'TypeScript', wasm: 'WebAssembly' };
const BACKEND_WORDS = {
  cpu: 'cpu (JavaScript)',
  wasm: 'wasm (WebAssembly)',
  webgl: 'webgl (GPU)',
  webgpu: 'webgpu (GPU)',
};
const DIGIT_WORDS = { small: '2,000', all: '60,000 (10 MB)' };

export function Controls({ choices, onChoose }: Props) {
  const choose = (change: Partial<Choices>): void => onChoose(change);
  return (
    <div class="choices">
      <fieldset>
        <legend>Network</legend>
        <Hidden choices={choices} onChoose={onChoose} />
        <Select name="activation" label="Activation" of={ELEMENTWISE_ACTIVATIONS} {...{ choices, choose }} />
        <Select name="output" label="Output" of={ACTIVATIONS} {...{ choices, choose }} />
        <Select name="loss" label="Loss" of={LOSSES} {...{ choices, choose }} />
      </fieldset>
      <fieldset>
        <legend>Learning</legend>
        <Select
          name="optimizer"
          label="Optimizer"
          of={OPTIMIZERS}
          choices={choices}
          choose={({ optimizer = choices.optimizer }) =>
            onChoose({ optimizer, learningRate: optimizerSpec(optimizer).learningRate })
          }
        />
        <Num name="learningRate" label="Learning rate" says="a number of at least 0" {...{ choices, choose }} />
        <Num name="batchSize" label="Batch" says={`1 to ${LIMITS.batchSize}`} {...{ choices, choose }} />
        <Num name="seed" label="Seed" says="a whole number of at least 1" {...{ choices, choose }} />
        <Select name="digits" label="Digits" of={['small', 'all']} words={DIGIT_WORDS} {...{ choices, choose }} />
      </fieldset>
      <fieldset>
        <legend>Side by side</legend>
        <Select name="engine" label="By hand" of={['vector', 'wasm']} words={ENGINE_WORDS} {...{ choices, choose }} />
        <Select
          name="backend"
          label="TensorFlow.js"
          of={PAGE_BACKENDS}
          words={BACKEND_WORDS}
          {...{ choices, choose }}
        />
        <Num name="every" label="Steps per check" says={`1 to ${LIMITS.every}`} {...{ choices, choose }} />
      </fieldset>
    </div>
  );
}

interface SelectProps {
  readonly name: keyof Choices;
  readonly label: string;
  readonly of: readonly string[];
  /** What a choice is called, where its name does not say it. */
  readonly words?: Readonly<Record<string, string>>;
  readonly choices: Choices;
  readonly choose: (change: Partial<Choices>) => void;
}

function Select({ name, label, of, words = {}, choices, choose }: SelectProps) {
  return (
    <div class="field">
      <label for={`choice-${name}`}>{label}</label>
      <select
        id={`choice-${name}`}
        name={name}
        onChange={({ currentTarget }) => choose({ [name]: currentTarget.value })}
      >
        {of.map((id) => (
          <option value={id} selected={choices[name] === id}>
            {words[id] ?? id}
          </option>
        ))}
      </select>
    </div>
  );
}

interface NumProps extends Pick<SelectProps, 'label' | 'choices' | 'choose'> {
  readonly name: 'learningRate' | 'batchSize' | 'seed' | 'every';
  /** What is expected. */
  readonly says: string;
}

function Num({ name, label, says, choices, choose }: NumProps) {
  const parse = (text: string): unknown => (text.trim() === '' ? NaN : Number(text));
  return (
    <TextField
      {...{ name, label, says }}
      text={String(choices[name])}
      isRight={(text) => isChoice(name, parse(text))}
      choose={(text) => choose({ [name]: Number(text) })}
    />
  );
}

function Hidden({ choices, onChoose }: Props) {
  const parse = (text: string): number[] =>
    text.trim() === '' ? [] : text.split(',').map((word) => (word.trim() === '' ? NaN : Number(word)));
  return (
    <TextField
      name="hidden"
      label="Hidden units"
      says={`up to ${LIMITS.layers} layers of 1 to ${LIMITS.units} units, such as 64,32; empty: none`}
      text={choices.hidden.join(',')}
      isRight={(text) => isChoice('hidden', parse(text))}
      choose={(text) => onChoose({ hidden: parse(text) })}
    />
  );
}

interface TextProps {
  readonly name: string;
  readonly label: string;
  readonly says: string;
  readonly text: string;
  readonly isRight: (text: string) => boolean;
  readonly choose: (text: string) => void;
}

function TextField({ name, label, says, text, isRight, choose }: TextProps) {
  const [wrong, setWrong] = useState<string | null>(null);
  const id = `wrong-${name}`;
  return (
    <>
      <div class="field">
        <label for={`choice-${name}`}>{label}</label>
        <input
          id={`choice-${name}`}
          name={name}
          value={wrong ?? text}
          inputMode="decimal"
          autocomplete="off"
          spellcheck={false}
          aria-invalid={wrong !== null}
          aria-describedby={wrong === null ? undefined : id}
          onChange={({ currentTarget: { value } }) => {
            const right = isRight(value);
            setWrong(right ? null : value);
            if (right) choose(value);
          }}
        />
      </div>
      {wrong !== null && (
        <p class="bad wrong" id={id} role="alert">
          {label}: expected {says}, got “{wrong}”. It stays {text === '' ? 'none' : text}.
        </p>
      )}
    </>
  );
}
