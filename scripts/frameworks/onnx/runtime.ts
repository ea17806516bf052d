/** ONNX Runtime itself. Importing this module loads its native library. */
import './without-telemetry.ts';
import { env, InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';

// What goes wrong is thrown; its lines beside that tell of attempts, and of optimisations that were made.
env.logLevel = 'fatal';

export { InferenceSession, listSupportedBackends, Tensor };

export function runtimeVersion(): string {
  return `onnxruntime-node ${env.versions.node ?? 'of unknown version'}`;
}
