// The nine questions.
import type { PartProps } from '../ui/part.ts';

export default function Questions(_: PartProps) {
  return (
    <>
      <h1>The nine questions</h1>
      <p class="lede">This part is not there yet.</p>
    </>
  );
}
