import { describe, expect, it } from 'vitest';
import { frameworkColor } from '../../plots/render/theme.ts';

const registered = ['llamacpp', 'mlc', 'pytorch', 'tinygrad', 'hybrid', 'onnx', 'openai'];

describe('palette', () => {
  it('gives every framework of the suite a colour of its own', () => {
    expect(new Set(registered.map(frameworkColor)).size).toBe(registered.length);
  });

  it('never changes the colour of a framework', () => {
    expect(registered.map((name) => `${name} ${frameworkColor(name)}`)).toEqual([
      'llamacpp #0072b2',
      'mlc #cc79a7',
      'pytorch #d55e00',
      'tinygrad #e69f00',
      'hybrid #8a6414',
      'onnx #009e73',
      'openai #56b4e9',
    ]);
  });

  it('has a colour for any name', () => {
    for (const name of ['', 'another', 'Ω', '<x>']) expect(frameworkColor(name)).toMatch(/^#[0-9a-f]{6}$/);
  });
});
