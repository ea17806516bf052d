import { describe, expect, it } from 'vitest';
import type { Framework } from '../../../../scripts/frameworks/framework.ts';
import { frameworks as registry } from '../../../../scripts/frameworks/registry.ts';
import { ceilingRequests, frameworkDevices } from '../../../../scripts/machine/ceilings/framework-survey.ts';
import { type DeviceFacts, deviceKindOf } from '../../../../scripts/machine/facts/device-kinds.ts';
import {
  type CompatibilityFacts,
  type CompatibilityQuestion,
  compatibility,
  compatibilityMap,
  nextBest,
} from '../../../../scripts/machine/fit/compatibility.ts';
import { compatibilityText } from '../../../../scripts/machine/fit/compatibility-text.ts';
import { runnableArchitectures } from '../../../../scripts/models/architectures/architecture.ts';
import { machineRefusal } from '../../../../scripts/run/fit.ts';
import { scripted } from '../../../fakes/scripted-framework.ts';

const bare: DeviceFacts = {
  platform: 'linux',
  architecture: 'x64',
  cpuModel: 'AMD EPYC',
  gpus: [],
  exists: () => false,
};
const withCard: DeviceFacts = {
  ...bare,
  gpus: ['NVIDIA GeForce RTX 4090'],
  exists: (path) => path === '/dev/nvidia0',
};

describe('whether a machine has what a device needs', () => {
  it.each([
    ['cpu', bare, null],
    ['cuda', bare, /no NVIDIA/],
    ['cuda', withCard, null],
    ['tensorrt', withCard, null],
    ['cuda', { ...withCard, exists: () => false }, /no driver/],
    ['rocm', withCard, /no AMD/],
    ['rocm', { ...bare, gpus: ['AMD Radeon RX 7900'] }, /no compute driver/],
    ['rocm', { ...bare, exists: (path: string) => path === '/dev/kfd' }, null],
    ['mps', bare, /only macOS/],
    ['metal', { ...bare, platform: 'darwin' }, null],
    ['vulkan', bare, /no graphics hardware/],
    ['vulkan', withCard, /no Vulkan driver/],
    ['opencl', withCard, /no OpenCL driver/],
    ['webgpu', withCard, null],
    ['directml', withCard, /only Windows/],
    ['openvino', bare, /no Intel/],
    ['openvino', { ...bare, cpuModel: 'Intel(R) Core(TM) i7' }, null],
    ['gpu', bare, /no Intel graphics/],
    ['gpu', { ...bare, gpus: ['Intel Arc A770'], exists: () => true }, null],
    ['npu', bare, /no Intel NPU/],
    ['npu', { ...bare, cpuModel: 'Intel Core Ultra 7' }, /\/dev\/accel/],
    ['qnn', bare, /no Qualcomm/],
    ['qnn', { ...bare, architecture: 'arm64', cpuModel: 'Snapdragon X Elite' }, null],
  ] as const)('%s', (device, facts, missing) => {
    const said = deviceKindOf(device)?.missing(facts);
    if (missing === null) expect(said).toBeNull();
    else expect(said).toMatch(missing);
  });

  it('every device of the registry belongs to a kind', () => {
    for (const { devices } of registry)
      for (const device of devices) expect(deviceKindOf(device), device).toBeDefined();
  });
});

const engine = (name: string, facts: Partial<typeof scripted>): Framework => ({
  ...scripted,
  name,
  title: name.toUpperCase(),
  ...facts,
});
const alpha = engine('alpha', { devices: ['cpu', 'cuda', 'vulkan'], quantizations: ['f16', 'q8_0', 'q4_0'] });
const beta = engine('beta', { devices: ['cpu'], quantizations: ['f16', 'q2_k'], architectures: ['llama'] });
const gone = engine('gone', { devices: ['cpu'] });
const frameworks = [alpha, beta, gone];

async function factsOn(machine: DeviceFacts, devicesOfAlpha: readonly string[]): Promise<CompatibilityFacts> {
  const found = await frameworkDevices(
    frameworks,
    () => {},
    async ({ name }) =>
      name === 'gone'
        ? { status: 'missing', reason: 'GONE is not installed', remedy: 'Install it.' }
        : {
            status: 'available',
            version: '1',
            devices: (name === 'alpha' ? devicesOfAlpha : ['cpu']).map((kind) => ({
              kind,
              name: kind,
              ...(kind === 'vulkan' ? { software: true } : {}),
            })),
          },
  );
  return { frameworks, found, machine };
}

const ask = (question: Partial<CompatibilityQuestion>): CompatibilityQuestion => ({
  framework: 'alpha',
  device: 'cpu',
  quantize: 'f16',
  architecture: 'llama',
  ...question,
});

describe('what can run here', () => {
  it.each([
    ['a device that is found', {}, { verdict: 'runs' }],
    ['whatever device there is', { device: 'auto' }, { verdict: 'runs' }],
    ['a device that is emulated', { device: 'vulkan' }, { verdict: 'software' }],
    ['a portable name', { quantize: 'int8' }, { verdict: 'runs' }],
    ['a format whose class it runs', { quantize: 'q4_k_m' }, { verdict: 'runs' }],
    [
      'hardware that is missing',
      { device: 'cuda' },
      { verdict: 'cannot', reason: 'this machine has no NVIDIA graphics card' },
    ],
    ['a device it does not know', { device: 'qnn' }, { verdict: 'cannot', reason: 'ALPHA has no device qnn' }],
    ['a class it does not run', { quantize: 'q2_k' }, { verdict: 'cannot', reason: 'ALPHA runs no 2-bit format' }],
    [
      'another architecture',
      { framework: 'beta', architecture: 'gpt2' },
      { verdict: 'cannot', reason: 'BETA does not run gpt2, only llama' },
    ],
    ['a framework that is missing', { framework: 'gone' }, { verdict: 'cannot', reason: 'GONE is not installed' }],
  ] as const)('%s', async (_, question, verdict) => {
    expect(compatibility(ask(question), await factsOn(bare, ['cpu', 'vulkan']))).toMatchObject(verdict);
  });

  it('lists no architecture that takes a library which is not here', async () => {
    const facts = await factsOn(bare, ['cpu']);
    const without: CompatibilityFacts = {
      ...facts,
      frameworks: facts.frameworks.map((each) =>
        each.name === 'beta' ? { ...each, architectures: ['llama', 'gemma3'] } : each,
      ),
      found: facts.found.map((each) => (each.framework === 'beta' ? { ...each, architectures: ['llama'] } : each)),
    };
    expect(compatibility(ask({ framework: 'beta', architecture: 'gemma3' }), without)).toEqual({
      verdict: 'cannot',
      reason: 'BETA runs gemma3 through a library that is not here, only llama by itself',
    });
    const line = compatibilityText(without, ['llama', 'gemma3'])
      .split('\n')
      .findLast((each) => each.startsWith('BETA'));
    expect(line).toMatch(/^BETA +yes +·/);
  });

  it('a card that the framework does not find is a matter of its build', async () => {
    const verdict = compatibility(ask({ device: 'cuda' }), await factsOn(withCard, ['cpu']));
    expect(verdict).toMatchObject({ verdict: 'cannot', reason: expect.stringContaining('its build has none') });
  });

  it('the next best is the same framework elsewhere, then another one', async () => {
    const facts = await factsOn(bare, ['cpu']);
    expect(nextBest(ask({ device: 'cuda' }), facts)).toMatchObject({ framework: 'alpha', device: 'cpu' });
    expect(nextBest(ask({ quantize: 'q2_k' }), facts)).toMatchObject({ framework: 'beta', quantize: 'q2_k' });
    expect(nextBest(ask({ quantize: 'iq1_s' }), facts)).toBeNull();
  });

  it('the map has every combination once, and the text every reason', async () => {
    const facts = await factsOn(bare, ['cpu']);
    const map = compatibilityMap(facts, ['llama', 'gpt2']);
    expect(map).toHaveLength(3 * 3 * 2 + 1 * 2 * 2 + 1 * 1 * 2);
    expect(map.filter(({ verdict, reason }) => (verdict === 'runs') !== (reason === null))).toEqual([]);
    const text = compatibilityText(facts, ['llama', 'gpt2']);
    expect(text).toContain('ALPHA on cuda: this machine has no NVIDIA graphics card; next best: ALPHA on cpu');
    expect(text).toContain('GONE on cpu: GONE is not installed; next best: ALPHA on cpu');
  });

  it('architectures that frameworks declare are known ones', () => {
    for (const { architectures = [] } of registry)
      expect(runnableArchitectures).toEqual(expect.arrayContaining([...architectures]));
  });
});

describe('what is skipped before anything is fetched', () => {
  const refusal = (question: Partial<CompatibilityQuestion>) => machineRefusal(alpha, ask(question), bare);

  it('has its reason and what to do instead', async () => {
    expect(await refusal({ device: 'cuda' })).toEqual({
      status: 'incompatible',
      reason: 'this machine has no NVIDIA graphics card',
      remedy: 'Next best: --frameworks alpha --device cpu --quantize f16.',
    });
  });

  it('is nothing that may run: an emulated device asked for by name, or an option that is wrong', async () => {
    expect(await refusal({ device: 'vulkan' })).toBeNull();
    expect(await refusal({ device: 'nonsense' })).toBeNull();
    expect(await refusal({})).toBeNull();
  });
});

it('ceilings are asked of real devices: a processor with each number of threads, a card once', async () => {
  const native = engine('alpha', { devices: alpha.devices, ceilings: async () => [] });
  const { found } = await factsOn(withCard, ['cpu', 'cuda', 'vulkan']);
  const requests = ceilingRequests([native, beta], found, [1, 8]).map(({ device, threads }) => [device, threads]);
  expect(requests).toEqual([
    ['cpu', 1],
    ['cpu', 8],
    ['cuda', 8],
  ]);
});
