/** Compiles the kernels with the best that this engine has. */
import { setFlagsFromString } from 'node:v8';
import { kernelModule } from './kernels.ts';

export interface CompiledKernels {
  module: WebAssembly.Module;
  /** 'WebAssembly SIMD', with what it has beyond that. */
  method: string;
}

export function compileKernels(): CompiledKernels {
  // The optimising compiler at once: the first passes would run code of the quick one.
  setFlagsFromString('--no-liftoff');
  const relaxed = kernelModule({ relaxed: true });
  // On by default from V8 11.4.
  if (!WebAssembly.validate(relaxed)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(relaxed)
    ? { module: new WebAssembly.Module(relaxed), method: 'WebAssembly relaxed SIMD' }
    : { module: new WebAssembly.Module(kernelModule({ relaxed: false })), method: 'WebAssembly SIMD' };
}
