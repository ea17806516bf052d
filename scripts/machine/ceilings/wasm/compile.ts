/** Compiles the loops with the best instructions that this engine has. */
import { setFlagsFromString } from 'node:v8';
import { arithmeticLoops } from './arithmetic-loops.ts';
import { assemble } from './assembler.ts';
import { bandwidthLoops } from './bandwidth-loops.ts';

export interface CompiledLoops {
  module: WebAssembly.Module;
  /** The instructions: 'WebAssembly SIMD', or 'WebAssembly relaxed SIMD'. */
  method: string;
}

/** @param relaxed whether to use relaxed SIMD */
export function loopModule(relaxed: boolean): Uint8Array<ArrayBuffer> {
  return assemble([...bandwidthLoops, ...arithmeticLoops(relaxed)]);
}

export function compileLoops(): CompiledLoops {
  // Use the optimising compiler at once: the first passes would otherwise run code of the quick one.
  setFlagsFromString('--no-liftoff');
  const relaxed = loopModule(true);
  // On by default from V8 11.4.
  if (!WebAssembly.validate(relaxed)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(relaxed)
    ? { module: new WebAssembly.Module(relaxed), method: 'WebAssembly relaxed SIMD' }
    : { module: new WebAssembly.Module(loopModule(false)), method: 'WebAssembly SIMD' };
}
