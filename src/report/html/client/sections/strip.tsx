// The network as a strip, from the input to the loss and back: each tensor right or wrong, and a
// link to what is known of it.
import type { NetworkSpec } from '../../../../network/spec.ts';
import { layersOf } from '../../../../network/spec.ts';
import { stageId } from '../model/stages.ts';
import type { Stage, Way } from '../model/stages.ts';
import { STATUS_MARK, STATUS_WORD } from '../parts/verdict.tsx';
import { Section } from '../parts/section.tsx';

interface Props {
  readonly stages: readonly Stage[];
  readonly network: NetworkSpec | null;
  /** Makes ids of one case different from those of another. */
  readonly prefix: string;
}

/** Layers that stand side by side on a wide screen. */
const ABREAST = 5;
/** Layers that are all shown; of more, those that are wrong and the outermost. */
const SHOWN = 24;

const ROWS: readonly [Way, string][] = [
  ['forward', 'forward →'],
  ['backward', '← backward'],
  ['update', 'update'],
];

export function Strip({ stages, network, prefix }: Props) {
  if (stages.length === 0) return null;
  return (
    <Section id={`${prefix}network`} title="Network">
      <StripRow {...{ stages, network, prefix }} />
    </Section>
  );
}

export function StripRow({ stages, network, prefix }: Props) {
  const layers = [...new Set(stages.map(({ layer }) => layer))].filter((l) => l > 0).sort((a, b) => a - b);
  const rows = ROWS.filter(([way]) => stages.some((stage) => stage.way === way && stage.layer > 0));
  const shown =
    layers.length <= SHOWN ? layers : layers.filter((l) => l <= 3 || l > layers.length - 3 || isWrong(stages, l));
  return (
    <>
      <div class={`strip ${layers.length > ABREAST ? 'many' : 'few'} rows-${rows.length}`} data-layers={layers.length}>
        <div class="node rows" aria-hidden="true">
          <span class="head" />
          {rows.map(([, name]) => (
            <span class="way">{name}</span>
          ))}
        </div>
        <div class="node input">
          <span class="head">input</span>
          <span class="chips">
            <span class="chip given">
              x<span class="hidden"> given</span>
            </span>
          </span>
        </div>
        {shown.map((l, n) => (
          <>
            {n > 0 && l > (shown[n - 1] ?? 0) + 1 && (
              <p class="node gap">
                … layers {(shown[n - 1] ?? 0) + 1} to {l - 1}: right
              </p>
            )}
            <Layer l={l} {...{ stages, network, prefix, rows }} />
          </>
        ))}
        <div class="node loss">
          <span class="head">loss</span>
          <Chips stages={stages.filter(({ name }) => name === 'loss')} label="loss" prefix={prefix} />
        </div>
      </div>
      <p class="muted legend">
        Dashed: inferred from what is computed with it. Choose a tensor to see what was compared.
      </p>
    </>
  );
}

function isWrong(stages: readonly Stage[], l: number): boolean {
  return stages.some(({ layer, status }) => layer === l && status !== 'right' && status !== 'unknown');
}

function Layer({ l, stages, network, prefix, rows }: Props & { l: number; rows: typeof ROWS }) {
  const layer = network === null ? undefined : layersOf(network)[l - 1];
  return (
    <div class="node layer">
      <span class="head">
        <strong>layer {l}</strong>
        {layer !== undefined && (
          <span class="muted">
            {' '}
            {layer.inputs} → {layer.units}, {layer.activation}
          </span>
        )}
      </span>
      {rows.map(([way, name]) => (
        <Chips
          label={`layer ${l}, ${name.replace(/[→←]/g, '').trim()}`}
          stages={stages.filter((s) => s.layer === l && s.way === way)}
          prefix={prefix}
          way={name}
        />
      ))}
    </div>
  );
}

interface ChipsProps {
  readonly stages: readonly Stage[];
  readonly label: string;
  readonly prefix: string;
  readonly way?: string;
}

function Chips({ stages, label, prefix, way }: ChipsProps) {
  return (
    <ul class="chips" aria-label={label} data-way={way}>
      {stages.map((stage) => (
        <li>
          <a
            class={`chip ${stage.status}${stage.note.startsWith('inferred') ? ' inferred' : ''}`}
            href={`#${prefix}${stageId(stage)}`}
            title={`${stage.name} ${STATUS_WORD[stage.status]}: ${stage.note}`}
          >
            <span aria-hidden="true">{STATUS_MARK[stage.status]}</span> {stage.name}
            <span class="hidden"> {STATUS_WORD[stage.status]}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
