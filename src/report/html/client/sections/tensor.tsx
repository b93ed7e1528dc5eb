// One wrong tensor: how far it is off, all of its entries, the worst of them, and both sides
// against the exact values.
import type { EntryMap } from '../../../../check/diagnosis/entry-map.ts';
import type { Entry } from '../../../../check/verdict.ts';
import { formatPlace } from '../../../words/findings.ts';
import { axesOf, patternWords } from '../model/map-cells.ts';
import type { Evidence } from '../model/evidence.ts';
import { stageId } from '../model/stages.ts';
import type { Stage } from '../model/stages.ts';
import { EntryTable } from '../parts/entry-table.tsx';
import { Fold } from '../parts/fold.tsx';
import { HeatMap } from '../parts/heat-map.tsx';
import { StatusMark } from '../parts/verdict.tsx';
import { nameOf, shapeWords } from '../parts/words.ts';
import type { Labels } from '../parts/words.ts';
import { MapPictures } from './pictures/map-pictures.tsx';
import { ScatterChart } from './scatter.tsx';

interface Props {
  readonly stage: Stage;
  readonly evidence: Evidence;
  readonly sides: Labels;
  readonly prefix: string;
  /** Whether its numbers are shown at once. */
  readonly open: boolean;
}

export function WrongTensor({ stage, evidence, sides, prefix, open }: Props) {
  const { name, note, shape } = stage;
  const id = `${prefix}${stageId(stage)}`;
  const { maps, worst, scatter, picture } = evidence;
  return (
    <article class="tensor" aria-labelledby={id}>
      <h3 id={id} tabIndex={-1}>
        <StatusMark status={stage.status} /> {name}
        <span class="muted">
          {shape === null ? '' : ` ${shapeWords(shape)} ·`} {note}
        </span>
      </h3>
      {maps.map(({ side, map, where }) => (
        <MapOf
          id={`${id}-map-${side}`}
          name={name}
          map={map}
          words={maps.length > 1 || where !== '' ? `${nameOf(sides, side)}${where}` : nameOf(sides, side)}
          picture={picture}
        />
      ))}
      {worst.length > 0 && (
        <Fold class="numbers" open={open} summary={worst.length === 1 ? 'The worst entry' : 'The worst entries'}>
          {() => (
            <>
              <Worst {...{ id, name, worst, sides }} />
              {scatter !== null && <ScatterChart id={`${id}-scatter`} scatter={scatter} sides={sides} />}
            </>
          )}
        </Fold>
      )}
    </article>
  );
}

interface MapProps {
  readonly id: string;
  readonly name: string;
  readonly map: EntryMap;
  readonly words: string;
  readonly picture: Evidence['picture'];
}

function MapOf({ id, name, map, words, picture }: MapProps) {
  return (
    <>
      <p class="pattern">
        {words}: {patternWords(map, axesOf(name, map.shape))}
      </p>
      <HeatMap id={id} name={name} map={map} />
      {picture !== null && <MapPictures id={`${id}-pictures`} map={map} picture={picture} />}
    </>
  );
}

function Worst({ id, name, worst, sides }: { id: string; name: string; worst: readonly Entry[]; sides: Labels }) {
  return (
    <EntryTable
      id={`${id}-worst`}
      label={`worst entries of ${name}`}
      sides={sides}
      rows={worst.map((entry) => ({ place: formatPlace({ parameter: name, index: entry.index }), entry }))}
    />
  );
}
