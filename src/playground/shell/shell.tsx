// The frame around the parts: the bar, the navigation, and the part that is open. Each part's state
// is kept while another is open, and stands in the address, so that a link holds all of it.
import type { ComponentType } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { PartProps } from '../ui/part.ts';
import { hashOf, placeOf } from './address.ts';
import { Bar } from './bar.tsx';
import { Boundary } from './boundary.tsx';
import { PARTS } from './parts.ts';
import type { PartId } from './parts.ts';

/** Milliseconds without a change before the address follows: browsers limit how often it may. */
const CALM = 400;

interface Opened {
  readonly id: PartId;
  readonly Part: ComponentType<PartProps>;
  readonly state: unknown;
  /** Counts the times that a link was followed: the part begins again. */
  readonly visit: number;
  readonly isBroken: boolean;
}

export function Shell() {
  const [opened, open] = useState<Opened | null>(null);
  const [failed, fail] = useState<PartId | null>(null);
  const states = useRef(new Map<PartId, unknown>());
  const timer = useRef(0);
  const visits = useRef(0);
  const current = useRef<PartId | null>(null);

  /** After a link within the part: the address is that of the part again, for a reload. */
  const restore = useCallback((): void => {
    const id = current.current;
    if (id === null) return;
    timer.current = setTimeout(() => {
      void hashOf(id, states.current.get(id)).then((hash) => history.replaceState(null, '', hash));
    }, CALM);
  }, []);

  const follow = useCallback(async (): Promise<void> => {
    clearTimeout(timer.current);
    const visit = ++visits.current;
    const found = await placeOf(location.hash);
    const place = found ?? (current.current === null ? await placeOf('') : null);
    if (place === null) return restore();
    const state = place.state ?? states.current.get(place.part);
    try {
      const { default: Part } = await PARTS[place.part].load();
      if (visit !== visits.current) return; // another was opened meanwhile
      document.title = `${PARTS[place.part].name} · backproof playground`;
      current.current = place.part;
      if (place.state !== undefined) states.current.set(place.part, place.state);
      open({ id: place.part, Part, state, visit, isBroken: place.isBroken });
      fail(null);
    } catch {
      fail(place.part);
    }
  }, []);

  useEffect(() => {
    const changed = (): void => void follow();
    changed();
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, [follow]);

  const keep = useCallback(
    (id: PartId, next: unknown): void => {
      states.current.set(id, next);
      clearTimeout(timer.current);
      restore();
    },
    [restore],
  );
  const link = useCallback(async (): Promise<string> => {
    const id = opened?.id ?? 'own';
    return new URL(await hashOf(id, states.current.get(id)), location.href).href;
  }, [opened]);

  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Bar current={opened?.id ?? null} link={link} />
      <main id="main" tabIndex={-1}>
        {failed !== null && (
          <p class="notice bad" role="alert">
            “{PARTS[failed].name}” could not be loaded. Is there a network? Reload the page to try again.
          </p>
        )}
        {opened?.isBroken === true && (
          <p class="notice open" role="status">
            The link is damaged: what it held cannot be read. Perhaps its end was cut off. This is the part as it
            begins.
          </p>
        )}
        {opened !== null && failed === null && (
          <Boundary key={`${opened.id} ${opened.visit}`}>
            <opened.Part state={opened.state} onState={(next) => keep(opened.id, next)} />
          </Boundary>
        )}
      </main>
    </>
  );
}

/** The fragment is the part that is open, so the link moves the focus by hand. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
