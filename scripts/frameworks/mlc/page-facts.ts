/** What the framework and its page both know: names of weight formats, and paths of files. */

/** MLC's names of weight formats, q<weight bits>f<activation bits>_<layout>, best supported first. */

export const mlcFormats = ['q4f16_1', 'q4f32_1', 'q0f16', 'q0f32', 'q3f16_1'];

/** Those that compute in 16 bits need the WebGPU feature `shader-f16`. */
export function needsHalfPrecision(format: string): boolean {
  return /^q\d+f16/.test(format);
}

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
