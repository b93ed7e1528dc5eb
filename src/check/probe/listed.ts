// Names in a sentence.

/** "dW1", "dW1 and db1", "dW1, db1 and dW2" */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join();
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}
