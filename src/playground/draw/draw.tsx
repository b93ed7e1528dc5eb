// Draw a digit.
import type { PartProps } from '../ui/part.ts';

export default function Draw(_: PartProps) {
  return (
    <>
      <h1>Draw a digit</h1>
      <p class="lede">This part is not there yet.</p>
    </>
  );
}
