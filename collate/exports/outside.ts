/** The world outside of this process, which a test replaces: variables, the network, and time between two tries. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Outside {
  environment: NodeJS.ProcessEnv;
  fetch: typeof fetch;
  sleep: (ms: number) => Promise<void>;
}

export function realOutside(): Outside {
  return {
    environment: process.env,
    fetch: (...request) => fetch(...request),
    sleep: (ms) => delay(ms),
  };
}
