/** ONNX Runtime through onnxruntime-node, with graphs that Tokenlap writes from GGUF files. */
import { oneLine } from '../../command-line/errors.ts';
import type { NodeFramework } from '../framework.ts';
import { accuracyLevelOption, graphOption, weightFormats, withoutTelemetry } from './options.ts';

export const onnx: NodeFramework = {
  name: 'onnx',
  title: 'ONNX Runtime',
  aliases: ['onnxruntime', 'ort', 'onnxruntime-node'],
  module: import.meta.url,
  host: 'node',
  tokenizer: 'shared',
  samplesTopP: true,
  devices: ['cpu', 'cuda', 'tensorrt', 'directml', 'coreml', 'qnn', 'openvino', 'webgpu'],
  modelFormats: ['gguf'],
  quantizations: weightFormats,
  // The families that graph/decoder-shape.ts reads.
  architectures: ['llama', 'qwen2', 'gpt2'],
  options: [accuracyLevelOption, graphOption],
  environment: () => withoutTelemetry,
  ownBenchmark: async () => (await import('./own-benchmark.ts')).ownBenchmark,

  async probe() {
    try {
      const [{ runtimeVersion }, { workingDevices }] = await Promise.all([
        import('./runtime.ts'),
        import('./providers.ts'),
      ]);
      return { status: 'available', version: runtimeVersion(), devices: await workingDevices() };
    } catch (error) {
      return {
        status: 'missing',
        reason: `onnxruntime-node does not start: ${oneLine(error)}`,
        remedy: 'Run `npm ci`; it has binaries for Linux and Windows on x64 and arm64, and for macOS on arm64.',
      };
    }
  },

  async ceilings(device, threads) {
    const { matrixCeilings } = await import('./ceilings.ts');
    return matrixCeilings(device, threads);
  },

  async load(request) {
    const { loadGraph } = await import('./model.ts');
    return loadGraph(request);
  },
};
