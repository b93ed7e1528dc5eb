// Train beside TensorFlow.js.
import type { PartProps } from '../ui/part.ts';

export default function Train(_: PartProps) {
  return (
    <>
      <h1>Train beside TensorFlow.js</h1>
      <p class="lede">This part is not there yet.</p>
    </>
  );
}
