// What asking an engine found out: what is wrong, the fix, and the formula in use beside the right
// one.
import type { Told } from '../../../../check/probe/told.ts';
import { withStop } from '../../../answer/told.ts';
import { capital } from '../parts/words.ts';
import { FormulaPair } from './formula-pair.tsx';

interface Props {
  readonly told: readonly Told[];
  /** "Found by asking the candidate 41 times."; null if it is said already. */
  readonly asked: string | null;
}

export function ToldCauses({ told, asked }: Props) {
  if (told.length === 0) return null;
  return (
    <>
      {asked !== null && <h2>{asked.replace(/\.$/, '')}</h2>}
      {told.map((one) => (
        <ToldCause told={one} />
      ))}
    </>
  );
}

function ToldCause({ told: { text, used, right, fix } }: { readonly told: Told }) {
  const isShown = used !== null && fix === right; // the formulas show the fix
  return (
    <div class="told">
      {text !== '' && <p>{capital(withStop(text))}</p>}
      {fix !== null && !isShown && (
        <p class="remedy">
          <strong>Fix:</strong> {withStop(fix)}
        </p>
      )}
      <FormulaPair
        used={used}
        right={right === fix && used === null ? null : right}
        heads={fix === null ? ['in use', 'right'] : ['✗ in use', '✓ right']}
        isWrong={fix !== null}
      />
    </div>
  );
}
