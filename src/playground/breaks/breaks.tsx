// Break it.
import type { PartProps } from '../ui/part.ts';

export default function Breaks(_: PartProps) {
  return (
    <>
      <h1>Break it</h1>
      <p class="lede">This part is not there yet.</p>
    </>
  );
}
