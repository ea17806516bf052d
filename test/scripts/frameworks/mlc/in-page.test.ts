/** The parts of the page that need no browser. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../scripts/command-line/errors.ts';
import {
  adapterAbilities,
  adapterIdentity,
  adapterName,
  type GpuAdapter,
  type GpuAdapterInfo,
  isSoftware,
} from '../../../../scripts/frameworks/mlc/in-page/adapter.ts';
import { piecesOf } from '../../../../scripts/frameworks/mlc/in-page/model.ts';
import { pipelineOf } from '../../../../scripts/frameworks/mlc/in-page/pipeline.ts';
import { explained, type MlcEngine } from '../../../../scripts/frameworks/mlc/in-page/web-llm.ts';

function adapter(info: Partial<GpuAdapterInfo>, isFallbackAdapter?: boolean): GpuAdapter {
  return {
    info: { vendor: '', architecture: '', device: '', description: '', ...info },
    ...(isFallbackAdapter === undefined ? {} : { isFallbackAdapter }),
    features: new Set(['timestamp-query', 'shader-f16']),
    limits: Object.create({ maxBufferSize: 1024 }),
    requestDevice: () => Promise.reject(new Error('none')),
  };
}

describe('an adapter', () => {
  it.each<[string, GpuAdapter, string]>([
    ['a card', adapter({ vendor: 'nvidia', architecture: 'ampere' }), 'nvidia ampere'],
    ['a card with a description', adapter({ vendor: 'apple', description: 'Apple M2' }), 'Apple M2'],
    ['one that hides everything', adapter({}), 'unnamed'],
    [
      'SwiftShader',
      adapter({ vendor: 'google', architecture: 'swiftshader', isFallbackAdapter: true }),
      'google swiftshader (software)',
    ],
    ['lavapipe', adapter({ vendor: 'mesa', description: 'llvmpipe (LLVM 15.0)' }), 'llvmpipe (LLVM 15.0) (software)'],
    ['a fallback of an older browser', adapter({ vendor: 'x' }, true), 'x (software)'],
  ])('is named: %s', (_, given, name) => {
    expect(adapterName(given)).toBe(name);
    expect(isSoftware(given)).toBe(name.endsWith('(software)'));
  });

  it('is recorded with what is known of it, with features and limits', () => {
    expect(adapterIdentity(adapter({ vendor: 'nvidia' }))).toEqual({
      'adapter.vendor': 'nvidia',
      'adapter.software': false,
      'adapter.shaderF16': true,
    });
    expect(adapterAbilities(adapter({}))).toEqual({
      'adapter.features': 'shader-f16 timestamp-query',
      'limit.maxBufferSize': 1024,
    });
  });
});

/** The messages stand so in the code of web-llm and TVM, or were seen in Chromium 156. */
describe('what is thrown while a model is loaded', () => {
  const named = (name: string, message: string) => Object.assign(new Error(message), { name });
  it.each<[string, Error, RegExp, RegExp]>([
    [
      'a library of another version',
      named('LinkError', 'WebAssembly.instantiate(): Import #0 "env" "x": function import requires a callable'),
      /compiled for another version than web-llm 0\.2\.86/,
      /--web-llm/,
    ],
    [
      'no library',
      named('CompileError', 'WebAssembly.instantiate(): BufferSource argument is empty'),
      /no WebAssembly/,
      /--model-lib/,
    ],
    [
      'a file that is not served',
      new Error('Cannot fetch params_shard_3.bin: HTTP 404'),
      /lacks a file/,
      /fetch it again/,
    ],
    ['a broken file', new SyntaxError('Unexpected token < in JSON at position 0'), /not valid JSON/, /Fetch it again/],
    [
      'shaders of 16 bits',
      named('ShaderF16SupportError', 'This model requires WebGPU extension shader-f16'),
      /in 16 bits/,
      /q4f32_1/,
    ],
    [
      'a small adapter',
      new Error(
        'Cannot initialize runtime because of requested maxBufferSize exceeds limit. requested=256MB, limit=128MB',
      ),
      /smaller buffers/,
      /another adapter/,
    ],
    ['no memory for a buffer', new RangeError('Array buffer allocation failed'), /too little memory/, /--context/],
    [
      'a device lost in between',
      named('DeviceLostError', 'The WebGPU device was lost'),
      /too little memory/,
      /--context/,
    ],
    [
      'a function that is not there',
      new Error('Cannot find global function y'),
      /has not what web-llm 0\.2\.86/,
      /--web-llm/,
    ],
    [
      'an unknown tokenizer',
      named('UnsupportedTokenizerFilesError', 'Cannot handle tokenizer files vocab.json'),
      /tokenizer cannot be read/,
      /tokenizer\.json/,
    ],
    [
      'anything else',
      new Error('ants in the\nmachine'),
      /could not load the model \(ants in the machine\)/,
      /docs\/mlc\.md/,
    ],
  ])('is one line with the next step: %s', (_, error, message, remedy) => {
    const said = explained(error, 'web-llm 0.2.86');
    expect(said).toBeInstanceOf(UserError);
    expect(said.message).toMatch(message);
    expect(said.message).not.toContain('\n');
    expect(said.remedy).toMatch(remedy);
  });

  it('is left alone when it is such a line already', () => {
    const error = new UserError('the device was lost');
    expect(explained(error, 'web-llm 0.2.86')).toBe(error);
  });
});

describe('the text of tokens', () => {
  const bytes = (ids: Int32Array) => new TextDecoder().decode(Uint8Array.from(ids));

  it('puts the bytes of a character to the token that completes it', () => {
    const ids = [...new TextEncoder().encode('aé🙂b')];
    expect(piecesOf(ids, bytes)).toEqual(['a', '', 'é', '', '', '', '🙂', 'b']);
    expect(piecesOf(ids, bytes).join('')).toBe('aé🙂b');
  });

  it('leaves out what never becomes a character', () => {
    expect(piecesOf([97, 0xc3], bytes)).toEqual(['a', '']);
    expect(piecesOf([], bytes)).toEqual([]);
  });

  it('keeps the blank that a tokenizer sets before a word by what stands in front of it', () => {
    const words = ['one', 'two', 'three'];
    // As SentencePiece does: no blank at the beginning of a text.
    const decode = (ids: Int32Array) => Array.from(ids, (id) => words[id]).join(' ');
    expect(piecesOf([0, 1, 2], decode)).toEqual(['one', ' two', ' three']);
  });
});

describe('the parts of web-llm that it does not show', () => {
  it('are refused with one line when they are made in another way', () => {
    const engine: MlcEngine = {
      reload: async () => {},
      unload: async () => {},
      resetChat: async () => {},
      forwardTokensAndSample: async () => 0,
      runtimeStatsText: async () => '',
    };
    expect(() => pipelineOf(engine, 'model')).toThrow(/this version of web-llm is made in a way/);
  });
});
