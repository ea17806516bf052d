/**
 * The engine in a page, bundled by engine-code.ts together with the page of one framework. Its clock is the page's
 * `performance.now`.
 */
import type { PageFramework } from '../../frameworks/framework.ts';
import type { EngineRequest } from '../../frameworks/messages.ts';
import { createHost } from '../host.ts';

declare global {
  /** The binding that browser-engine.ts listens to. */
  var tokenlapSend: (message: string) => void;
  var tokenlapReceive: (request: EngineRequest) => void;
}

/** From here on the page answers requests. */
export function runHost(framework: PageFramework): void {
  globalThis.tokenlapReceive = createHost({
    send: (message) => tokenlapSend(JSON.stringify(message)),
    clockSince(originNs) {
      const originMs = Number(originNs) / 1e6;
      return () => Math.round((performance.now() - originMs) * 1e6);
    },
    importFramework: async () => framework,
    memory: () => ({}),
  });
}
