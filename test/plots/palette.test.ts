import { describe, expect, it } from 'vitest';
import { frameworkColor } from '../../plots/render/theme.ts';
import { frameworks } from '../../scripts/frameworks/registry.ts';

const registered = frameworks.map(({ name }) => name);

describe('palette', () => {
  it('gives every framework of the suite a colour of its own', () => {
    expect(new Set(registered.map(frameworkColor)).size).toBe(registered.length);
  });

  it('never changes the colour of a framework', () => {
    const known: Readonly<Record<string, string>> = {
      llamacpp: '#0072b2',
      mlc: '#cc79a7',
      pytorch: '#d55e00',
      tinygrad: '#e69f00',
      hybrid: '#8a6414',
      onnx: '#009e73',
      openai: '#56b4e9',
      openvino: '#332288',
      transformers: '#882255',
    };
    for (const [name, color] of Object.entries(known))
      expect(`${name} ${frameworkColor(name)}`).toBe(`${name} ${color}`);
  });

  it('has a colour for any name', () => {
    for (const name of ['', 'another', 'Ω', '<x>']) expect(frameworkColor(name)).toMatch(/^#[0-9a-f]{6}$/);
  });
});
