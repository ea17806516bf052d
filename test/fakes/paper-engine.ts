/** An engine on paper: no process, a byte is a token, and whatever a double does not simulate fails. */
import type { Engine } from '../../scripts/engine/engine.ts';

export function paperEngine(generate: Engine['generate']): Engine {
  const absent = () => Promise.reject(new Error('not simulated'));
  return {
    tokenizerPid: null,
    pid: 1,
    ended: new Promise(() => {}),
    probe: absent,
    load: absent,
    unload: absent,
    detokenize: absent,
    traffic: absent,
    cancel: async () => {},
    kernel: absent,
    profile: absent,
    score: absent,
    likelihoods: absent,
    embed: absent,
    ceilings: absent,
    memory: async () => ({}),
    statistics: async () => ({}),
    tokenize: async (text) => ({ ids: [...Buffer.from(text)], durationNs: 0 }),
    generate,
    [Symbol.asyncDispose]: async () => {},
  };
}
