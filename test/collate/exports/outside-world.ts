/** The world outside for tests: no waiting, and the variables that a test sets. */
import type { Outside } from '../../../collate/exports/outside.ts';

export interface TestOutside extends Outside {
  /** Milliseconds that would have been waited, each time. */
  waits: number[];
}

export function outsideWith(environment: Record<string, string> = {}): TestOutside {
  const waits: number[] = [];
  return {
    environment,
    fetch: (...request) => fetch(...request),
    sleep: async (ms) => {
      waits.push(ms);
    },
    waits,
  };
}
