/** Ends a connection that brings next to nothing. */

/** What it has to bring in the time of the guard: a trickle would hold a transfer for years. */
const leastBytes = 16 * 1024;

export interface StallGuard extends Disposable {
  signal: AbortSignal;
  /** So many bytes came. */
  alive: (bytes: number) => void;
}

/** @param stallMs time for the answer to begin, and for each further `leastBytes` */
export function stallGuard(stallMs: number): StallGuard {
  const controller = new AbortController();
  const abort = () => controller.abort(Object.assign(new Error('stalled'), { code: 'UND_ERR_BODY_TIMEOUT' }));
  let timer = setTimeout(abort, stallMs);
  let came = 0;
  return {
    signal: controller.signal,
    alive(bytes) {
      came += bytes;
      if (came < leastBytes) return;
      came = 0;
      clearTimeout(timer);
      timer = setTimeout(abort, stallMs);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
