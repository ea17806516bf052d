/** What a made-up engine knows of its arithmetic and its build: nothing. */
export const nothingCompared = {
  activations: null,
  kvType: null,
  flashAttention: null,
  spinning: null,
  affinity: null,
};

export const unknownBuild = { buildType: null, cpuVariant: null };
