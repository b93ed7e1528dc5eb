// The known mistakes, by the step of the work in which they are made.
import { useMemo, useState } from 'preact/hooks';
import { capital } from '../../report/html/client/parts/words.ts';
import type { Listed } from './known.ts';

interface Props {
  readonly list: readonly Listed[];
  readonly isComplete: boolean;
  readonly fault: string;
  readonly choose: (fault: string) => void;
}

/** As `backproof faults` lists them. */
const ORDER: readonly Listed['step'][] = ['inputs', 'loss', 'activations', 'layers', 'optimizer', 'training loop'];

export function FaultList({ list, isComplete, fault, choose }: Props) {
  const [sought, seek] = useState('');
  const shown = useMemo(() => {
    const words = sought.toLowerCase().split(/\s+/);
    return list.filter(({ id, description }) =>
      words.every((word) => `${id} ${description}`.toLowerCase().includes(word)),
    );
  }, [list, sought]);
  const places = list.reduce((sum, { places: { length } }) => sum + length, 0);
  return (
    <section class="card faults" aria-label="known mistakes">
      <div class="toolbar">
        <label>
          Find{' '}
          <input
            type="search"
            placeholder="bias, relu, adam ..."
            value={sought}
            onInput={({ currentTarget }) => seek(currentTarget.value)}
          />
        </label>
        <span class="muted" role="status">
          {isComplete ? `${shown.length} of ${list.length} mistakes, ${places} places` : 'Listing ...'}
        </span>
      </div>
      <div class="fault-groups" tabIndex={0} role="region" aria-label="list of mistakes">
        {ORDER.map((step) => {
          const some = shown.filter((one) => one.step === step);
          return some.length === 0 ? null : (
            <section>
              <h2>
                {capital(step)} <span class="muted">{some.length}</span>
              </h2>
              <ul>
                {some.map((one) => (
                  <Row one={one} fault={fault} choose={choose} />
                ))}
              </ul>
            </section>
          );
        })}
        {isComplete && shown.length === 0 && <p class="muted">No known mistake has these words.</p>}
      </div>
    </section>
  );
}

function Row({ one, fault, choose }: Pick<Props, 'fault' | 'choose'> & { readonly one: Listed }) {
  const isChosen = one.places.includes(fault);
  return (
    <li class={isChosen ? 'chosen' : ''}>
      <div class="what">
        <code>{one.id}</code>
        <span>{one.description}</span>
      </div>
      <div class="places">
        {one.places.map((place) => (
          <button
            class="control"
            aria-pressed={place === fault}
            aria-label={`put in ${one.id}${placeWords(place) === 'put in' ? '' : `, ${placeWords(place)}`}`}
            onClick={() => choose(place)}
          >
            {placeWords(place)}
          </button>
        ))}
      </div>
    </li>
  );
}

function placeWords(place: string): string {
  const [, at] = place.split('@');
  return at === undefined ? 'put in' : at === 'every' ? 'every layer' : `layer ${at}`;
}
