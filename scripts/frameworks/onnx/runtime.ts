/** The binding of ONNX Runtime. Importing this module loads its native library. */
import './options.ts';
import { env, InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';

// Errors are thrown; the other lines of its log only report attempts and optimisations.
env.logLevel = 'fatal';

export { InferenceSession, listSupportedBackends, Tensor };

export function runtimeVersion(): string {
  return `onnxruntime-node ${env.versions.node ?? 'of unknown version'}`;
}
