/**
 * Stands in for the browser's Cache API, which web-llm reads everything through. The model is on this machine already, so
 * nothing is stored a second time: what is asked for comes from the server, and the time that takes is told apart.
 */

interface Fetched {
  bytes: number;
  /** Time between asking for a file and having all of it. */
  durationMs: number;
}

export interface ArtifactCache {
  readonly fetched: Readonly<Fetched>;
}

/** As much of the Cache API as web-llm needs of it. */
interface CacheLike {
  match(request: Request): Promise<{ json(): Promise<unknown>; arrayBuffer(): Promise<ArrayBuffer> }>;
  add(request: Request): Promise<void>;
  keys(): Promise<Request[]>;
  delete(request: Request): Promise<boolean>;
}

/**
 * From here on `caches` of the page is this.
 * @param onAsked told the name of a file before it is fetched
 * @param onFetched told that one has come
 */
export function serveThroughCache(onAsked: (file: string) => Promise<void>, onFetched: () => void): ArtifactCache {
  const fetched: Fetched = { bytes: 0, durationMs: 0 };
  const bytesOf = async (url: string) => {
    const file = new URL(url).pathname.split('/').at(-1) ?? '';
    await onAsked(file);
    const startMs = performance.now();
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`Cannot fetch ${file}: HTTP ${answer.status}`);
    const bytes = await answer.arrayBuffer();
    fetched.durationMs += performance.now() - startMs;
    fetched.bytes += bytes.byteLength;
    onFetched();
    return bytes;
  };
  const cache: CacheLike = {
    // web-llm asks twice, whether it is there and then for it: only the body is fetched.
    match: async ({ url }) => ({
      json: async () => JSON.parse(new TextDecoder().decode(await bytesOf(url))),
      arrayBuffer: () => bytesOf(url),
    }),
    add: async () => {},
    keys: async () => [],
    delete: async () => false,
  };
  Object.defineProperty(globalThis, 'caches', { value: { open: async () => cache }, configurable: true });
  return { fetched };
}
