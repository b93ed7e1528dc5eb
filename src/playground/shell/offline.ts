// Keeps the page for visits without a network, once it has been drawn.

export function keepForOffline(): void {
  if (!('serviceWorker' in navigator)) return;
  // Without it the page works as well, but not offline: browsers refuse it in private windows, and
  // on addresses that are not secure.
  addEventListener('load', () => void navigator.serviceWorker.register('./sw.js').catch(() => undefined));
}
