// The order in which a graph of numbers can be traversed, whatever its nodes carry.

/**
 * These nodes and everything they depend on, once each, operands before results. The stack is
 * explicit, so a graph a million nodes deep does not overflow the call stack.
 */
export function operandsFirst<N>(results: readonly N[], operandsOf: (node: N) => readonly N[]): N[] {
  const order: N[] = [];
  const seen = new Set<N>();
  for (const result of results) {
    if (seen.has(result)) continue;
    seen.add(result);
    const stack: { node: N; next: number }[] = [{ node: result, next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const operands = operandsOf(top.node);
      if (top.next === operands.length) {
        order.push(top.node);
        stack.pop();
        continue;
      }
      const operand = operands[top.next++];
      if (seen.has(operand)) continue;
      seen.add(operand);
      stack.push({ node: operand, next: 0 });
    }
  }
  return order;
}
