/** The work of a token from the shape of a model, against what files and runs say of the same, and the hardware that does it. */
import { expect, test } from 'vitest';
import { probeOf } from '../../../collate/recommending/probe.ts';
import { residencyOf, weightBytesOf, workOfModel } from '../../../collate/recommending/work.ts';
import { tokenCostOfShape } from '../../../scripts/models/gguf/token-cost.ts';
import { modelCost } from '../../../scripts/models/model-costs.ts';
import { loadRegistry } from '../../../scripts/models/registry.ts';
import { knownCosts, measuredHardware, measuredObservations, measuredRuns } from './measured-results.ts';

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

test('the weights of all known models count as often as a token is multiplied with them', () => {
  for (const model of loadRegistry().models) {
    const { activeParameters } = tokenCostOfShape(model.architecture, model.shape);
    const cost = modelCost(model);
    if (cost.encoder) continue;
    for (const { quantize, weights } of cost.formats) {
      const active = sum(weights.map((each) => each.activeParameters));
      expect(Math.abs(active - activeParameters), `${cost.id} ${quantize}`).toBeLessThanOrEqual(weights.length);
      expect(sum(weights.map(({ parameters }) => parameters))).toBe(cost.parameters);
    }
  }
});

test('bytes of a token from the shape are those that the runs of its file report', () => {
  const asInFile = measuredObservations().filter(({ group }) => group.runs[0]?.resident_format === null);
  expect(asInFile).toHaveLength(41);
  for (const { cost, quantize, group } of asInFile) {
    const known = cost?.formats.find((each) => each.quantize === quantize)?.weights ?? [];
    const reported = weightBytesOf(group.runs[0] ?? group.runs[1] ?? fail()) ?? 0;
    expect(sum(known.map(({ activeBytes }) => activeBytes)) / reported, `${cost?.id} ${quantize}`).toBeCloseTo(1, 3);
  }
});

function fail(): never {
  throw new Error('a group without runs');
}

test('what a framework converts at load is seen in its runs, and holds for another size', () => {
  const run =
    measuredRuns().find(
      ({ framework, quantize, size }) => framework === 'pytorch' && quantize === 'q4_0' && size === '135M',
    ) ?? fail();
  const costs = knownCosts();
  const [small, large] = ['135M', '360M'].map(
    (size) => costs.find((cost) => cost.size === size && cost.algorithm === 'llama') ?? fail(),
  );
  const residency = residencyOf(run, small);
  expect(residency?.format).toBe('f32');
  expect(residency?.bitsPerWeight).toBeCloseTo(32, 2);
  const work = workOfModel(large ?? fail(), 'q4_0', { residency, kvType: 'f32' });
  const measured =
    measuredRuns().find(
      ({ framework, quantize, size }) => framework === 'pytorch' && quantize === 'q4_0' && size === '360M',
    ) ?? fail();
  expect(sum(work?.weights.map(({ bytes }) => bytes) ?? []) / (weightBytesOf(measured) ?? 0)).toBeCloseTo(1, 2);
});

test('the probe reads between two working sets on a line of the logarithms, and beyond them as at their ends', () => {
  const question = { hostname: 'two-cores', device: 'cpu', threads: 2 };
  const probe = probeOf(measuredHardware(), question) ?? fail();
  const [at64, at128] = [probe.bandwidthAt(2 ** 26), probe.bandwidthAt(2 ** 27)];
  expect(at64).toBeCloseTo(58_490_927_695, -3);
  expect(probe.bandwidthAt(2 ** 26.5)).toBeCloseTo(Math.sqrt(at64 * at128), -3);
  expect(probe.bandwidthAt(1e12)).toBe(probe.bandwidthAt(2 ** 31));
  expect(probe.flopsPerSecond).toBeCloseTo(328_908_529_507, -3);
  expect(probeOf(measuredHardware(), { ...question, threads: 16 })).toBeNull();
  expect(probeOf(measuredHardware(), { ...question, device: 'cuda' })).toBeNull();
});
