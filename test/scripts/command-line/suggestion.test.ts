import { describe, expect, it } from 'vitest';
import { choice, suggestion } from '../../../scripts/command-line/options.ts';
import { frameworkNamed, serverNamed } from '../../../scripts/frameworks/registry.ts';
import { parseQuantization } from '../../../scripts/models/quantization.ts';
import { findModel, loadRegistry, modelCalled } from '../../../scripts/models/registry.ts';

const registry = loadRegistry();

describe('did you mean', () => {
  it.each([
    ['q8_O', ['q8_0', 'q4_0', 'f16'], 'Did you mean q8_0?'],
    ['benchmrk', ['benchmark', 'chat'], 'Did you mean benchmark?'],
    ['llama.cp', ['llama.cpp'], 'Did you mean llama.cpp?'],
    ['hlep', ['chat'], ''],
    ['', ['chat'], ''],
    ['--x', ['--y'], ''],
  ])('%s', (typed, known, said) => {
    expect(suggestion(typed, known)).toBe(said);
  });

  it.each([
    ['a format', () => parseQuantization('q4_k_n'), /q4_k_m/],
    ['a framework', () => frameworkNamed('pytroch'), /Did you mean pytorch\?/],
    ['a server', () => frameworkNamed('olama'), /Did you mean ollama\?/],
    ['a size', () => findModel(registry, '135', undefined), /Did you mean.*135M/],
    ['a family', () => findModel(registry, undefined, 'lama'), /Did you mean llama\?/],
    ['a word of a list', () => choice('qa', 'kernel')('kernle'), /Did you mean kernel\?/],
  ])('is asked for %s', (_, attempt, said) => {
    expect(attempt).toThrow(said);
  });

  it('says where a name was given for a size', () => {
    try {
      findModel(registry, 'llama3.2:1b', undefined);
    } catch (error) {
      expect(error).toHaveProperty('remedy', expect.stringContaining('--model llama3.2:1b'));
    }
    expect.assertions(1);
  });
});

describe('names that people have', () => {
  it.each([
    ['llama.cpp', 'llamacpp'],
    ['llama-cpp', 'llamacpp'],
    ['LlamaCpp', 'llamacpp'],
    ['torch', 'pytorch'],
    ['onnxruntime', 'onnx'],
    ['ort', 'onnx'],
    ['webllm', 'mlc'],
    ['ollama', 'openai'],
    ['llama-server', 'openai'],
    ['lm-studio', 'openai'],
  ])('%s is %s', (typed, name) => {
    expect(frameworkNamed(typed).name).toBe(name);
  });

  it('a server is a server, a framework is none', () => {
    expect(serverNamed('vLLM')?.url).toBe('http://127.0.0.1:8000');
    expect(serverNamed('llama.cpp')).toBeUndefined();
  });

  it.each([
    ['1B', undefined, 'llama-3.2-1b-instruct'],
    ['llama-3.2-1b-instruct', undefined, 'llama-3.2-1b-instruct'],
    ['llama3.2:1b', undefined, 'llama-3.2-1b-instruct'],
    ['llama3.2:1b-instruct', undefined, 'llama-3.2-1b-instruct'],
    ['meta-llama/Llama-3.2-1B-Instruct', undefined, 'llama-3.2-1b-instruct'],
    ['bartowski/Llama-3.2-1B-Instruct-GGUF', undefined, 'llama-3.2-1b-instruct'],
    ['qwen2.5:0.5b', undefined, 'qwen2.5-0.5b-instruct'],
    ['SmolLM2 135M Instruct', undefined, 'smollm2-135m-instruct'],
    ['tiny', undefined, 'tiny-chat'],
    ['llama3.2:1b-instruct-q4_K_M', undefined, undefined],
    ['llama3.2', undefined, undefined],
    ['1.7B', 'qwen3', 'qwen3-1.7b'],
  ])('model %s', (typed, family, id) => {
    expect(modelCalled(registry, typed, family)?.id).toBe(id);
  });
});
