/** Where the page finds what `files` of framework.ts names. */
export const servedPaths = {
  /** The package, with lib/index.js. */
  webLlm: '/web-llm/',
  /** web-llm appends `resolve/main/` to the address of a model that has no such part. */
  model: '/model/resolve/main/',
  manifest: '/model/resolve/main/tensor-cache.json',
  /** What web-llm before 0.2.80 asks for. */
  formerManifest: '/model/resolve/main/ndarray-cache.json',
  library: '/library.wasm',
};
