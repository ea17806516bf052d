import { expect, it } from 'vitest';
import { withAskedDevices } from '../../../../scripts/engine/browser/browser-engine.ts';
import type { Availability, DeviceInfo } from '../../../../scripts/frameworks/framework.ts';

const framework = { name: 'paper', title: 'Paper', devices: ['webgpu'] };
const card: DeviceInfo = { kind: 'webgpu', name: 'card' };
const soft: DeviceInfo = { kind: 'webgpu', name: 'soft', software: true };
const found = (...devices: DeviceInfo[]): Availability => ({ status: 'available', version: '1', devices });

it.each<[string, string, Availability, Availability]>([
  ['leaves emulated devices out', 'auto', found(soft, card), found(card)],
  ['takes an emulated one that is named', 'webgpu', found(soft), found(soft)],
  [
    'is missing where there is nothing but an emulated one',
    'auto',
    found(soft),
    {
      status: 'missing',
      reason: 'Paper finds only a software device here: soft',
      remedy: 'docs/paper.md says how a real one is found; --device webgpu measures this one, which is never ranked.',
    },
  ],
  [
    'is missing where there is nothing of the kind that is named',
    'cpu',
    found(card),
    {
      status: 'missing',
      reason: 'Paper finds no device "cpu" here',
      remedy: 'Its devices: auto, webgpu. docs/paper.md says how they are found.',
    },
  ],
])('a framework %s', (_, device, availability, left) => {
  expect(withAskedDevices(framework, device, availability)).toEqual(left);
});

it('a framework that is missing stays missing for its own reason', () => {
  const missing: Availability = { status: 'missing', reason: 'gone', remedy: 'Look.' };
  expect(withAskedDevices(framework, 'cpu', missing)).toBe(missing);
});
