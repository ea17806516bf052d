/**
 * Hosts, frameworks and kernels whose true times are known, by laws that the predictor does not have: reading and computing overlap
 * otherwise, every framework has its own share of the ceilings on every host, some kernels are odd, and the probe errs too.
 */
import type { Probe } from '../../../collate/recommending/probe.ts';
import type { Measured } from '../../../collate/recommending/subject.ts';
import { bytesRead, type Residency, type Work, workOfModel } from '../../../collate/recommending/work.ts';
import { modelCost } from '../../../scripts/models/model-costs.ts';
import { loadRegistry } from '../../../scripts/models/registry.ts';
import type { ModelCost } from '../../../scripts/results/model-costs.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';

export interface Simulation {
  /** What a person measured: two thirds of the cells of the measured hosts. */
  measured: Measured[];
  /** What nobody measured, and what would be: new formats, sizes and combinations there, and whole new hosts. */
  hidden: Measured[];
}

const sizes = ['15M', '95M', '135M', '360M', '0.5B', '1B', '3B', '8B'];
const formats = ['f32', 'f16', 'q8_0', 'q6_k', 'q4_k_m', 'q4_0'];
const frameworks = ['as-in-file', 'in-float32', 'in-integers'] as const;
const measuredHosts = 4;
const newHosts = 3;

export function simulatedCosts(): ModelCost[] {
  const registry = loadRegistry();
  return sizes.flatMap((size) => registry.models.find((model) => model.size === size) ?? []).map(modelCost);
}

export function simulate(seed: number, costs: readonly ModelCost[] = simulatedCosts()): Simulation {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const about = (value: number, deviation: number) => value * Math.exp(deviation * normal());
  const between = (low: number, high: number) => low * (high / low) ** random();

  const engines = frameworks.map((name) => ({
    ...{ name, read: between(1.05, 1.6), layer: between(3e-6, 60e-6), token: between(4e-5, 5e-4) },
    compute: new Map(
      [...formats, 'q5_0', 'q4_k', 'q5_1', 'q6_k', 'integers'].map((format) => [format, between(1.5, 9)]),
    ),
    ...{ prefill: between(1.2, 4), engineBytes: between(6e7, 4e8), copies: random() < 0.5 ? 2 : 1 },
    shapes: new Map(costs.map(({ id }) => [id, about(1, 0.04)])),
  }));

  const hosts = Array.from({ length: measuredHosts + newHosts }, (_, i) => {
    const threads = Math.round(between(2, 16));
    const flopsPerThread = between(2e10, 1.2e11);
    const memory = Math.min(between(1.2e10, 2.5e11), threads * 1.6e10);
    const cacheBytes = between(4e6, 2.5e8);
    const cache = memory * between(1.6, 4);
    const bandwidthAt = (bytes: number) => {
      const inCache = 1 / (1 + (bytes / cacheBytes) ** 3);
      return 1 / (inCache / cache + (1 - inCache) / memory);
    };
    const flopsPerSecond = threads * flopsPerThread;
    const [ofBandwidth, ofFlops] = [about(1, 0.04), about(1, 0.05)];
    const probe: Probe = {
      ...{ threads, flopsPerSecond: flopsPerSecond * ofFlops },
      bandwidthAt: (bytes) => bandwidthAt(bytes) * ofBandwidth,
    };
    const slowness = about((5e10 / flopsPerThread) ** 0.4, 0.15);
    const ofEngine = new Map(engines.map(({ name }) => [name, about(1, 0.05)]));
    return {
      hostname: `host-${i}`,
      threads,
      bandwidthAt,
      flopsPerSecond,
      probe,
      slowness,
      ofEngine,
      isNew: i >= measuredHosts,
    };
  });

  const measured: Measured[] = [];
  const hidden: Measured[] = [];
  for (const host of hosts) {
    for (const engine of engines) {
      const newFormat = formats[Math.floor(random() * formats.length)];
      const newSize = costs[Math.floor(random() * costs.length)]?.id;
      for (const cost of costs) {
        for (const quantize of formats) {
          const work = workIn(engine.name, cost, quantize);
          const odd = random() < 0.03 ? about(1, 0.25) : 1;
          const noise = () => odd * about(1, 0.035);
          const times = timesOf(work, engine, host);
          const subject: Measured = {
            ...{ hostname: host.hostname, device: 'cpu', threads: host.threads, framework: engine.name },
            ...{ model: cost.id, quantize, probe: host.probe, work, runs: 1 },
            ...{ positions: 16.5, promptTokens: 128, batchTokens: 512, contextTokens: 2048 },
            decodeSeconds:
              times.decode * noise() * (engine.shapes.get(cost.id) ?? 1) * (host.ofEngine.get(engine.name) ?? 1),
            prefillSeconds: times.prefill * noise() * (host.ofEngine.get(engine.name) ?? 1),
            memoryBytes: memoryOf(work, engine) * about(1, 0.01),
          };
          const isHidden = host.isNew || quantize === newFormat || cost.id === newSize || random() < 0.2;
          (isHidden ? hidden : measured).push(subject);
        }
      }
    }
  }
  return { measured, hidden };
}

function workIn(framework: (typeof frameworks)[number], cost: ModelCost, quantize: string): Work {
  const residency: Residency =
    framework === 'as-in-file'
      ? null
      : framework === 'in-float32' || quantize.startsWith('f')
        ? { format: 'float32', bitsPerWeight: 32, bytesPerTableElement: 4 }
        : { format: 'integers', bitsPerWeight: quantize === 'q4_0' ? 5 : 9, bytesPerTableElement: 1 };
  const work = workOfModel(cost, quantize, { residency, kvType: 'f16' });
  if (work === null) throw new Error(`no ${quantize} of ${cost.id}`);
  return work;
}

interface Engine {
  read: number;
  layer: number;
  token: number;
  compute: ReadonlyMap<string, number>;
  prefill: number;
  engineBytes: number;
  copies: number;
}

interface Host {
  bandwidthAt: (bytes: number) => number;
  flopsPerSecond: number;
  slowness: number;
}

/** Reading and computing hide each other less than the predictor thinks, and a small part of the cost of layers hides behind them. */
function timesOf(work: Work, engine: Engine, host: Host): { decode: number; prefill: number } {
  const bandwidth = host.bandwidthAt(bytesRead(work));
  const ofWeights = work.weights.reduce((sum, { bytes, parameters, format }) => {
    const read = (bytes / bandwidth) * engine.read;
    const computed = ((2 * parameters) / host.flopsPerSecond) * (engine.compute.get(format) ?? 3);
    return sum + (read ** 2.2 + computed ** 2.2) ** (1 / 2.2);
  }, 0);
  const layers = work.layers * engine.layer * host.slowness;
  const decode = ofWeights + Math.max(0.7 * layers, layers - 0.1 * ofWeights) + engine.token * host.slowness;
  const prompt = work.weights.reduce((sum, { parameters, format, inLayers }) => {
    const tokens = inLayers ? 128 : 1;
    return (
      sum +
      ((2 * parameters * tokens) / host.flopsPerSecond) * engine.prefill * (engine.compute.get(format) ?? 3) ** 0.4
    );
  }, 0);
  return { decode, prefill: prompt + 2 * layers + engine.token * host.slowness };
}

function memoryOf(work: Work, { engineBytes, copies }: Engine): number {
  const weights = work.resident.reduce((sum, { format, bytes }) => sum + bytes * (format === 'q4_0' ? copies : 1), 0);
  const cache = 2048 * work.kvElementsPerPosition * work.kvBytesPerElement;
  return engineBytes + weights * 1.01 + 0.6 * cache + work.vocabulary * 250 + 3e7;
}
