// Your own.
import type { PartProps } from '../ui/part.ts';

export default function Own(_: PartProps) {
  return (
    <>
      <h1>Your own</h1>
      <p class="lede">This part is not there yet.</p>
    </>
  );
}
