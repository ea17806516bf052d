/**
 * The time of a decoded token: for each format of the weights the larger of reading (bytes / bandwidth) and computing
 * (operations / arithmetic), each over the share of the ceiling that is reached; keys and values; a cost for each layer and one
 * for each token. After the roofline of Williams, Waterman and Patterson 2009.
 */
import type { LogSum, Part } from '../../../scripts/statistics/log-sum.ts';
import { hostOf, type Subject } from '../subject.ts';
import { bytesRead } from '../work.ts';
import type { Factors } from './factors.ts';

/** A layer takes some microseconds beside its matrices, a token some hundred; engines differ tenfold. */
const layerSeconds = 10e-6;
const tokenSeconds = 100e-6;
/** Of a core, for which the two hold. */
const usualFlopsPerThread = 50e9;

export function decodeTime(subject: Subject, factors: Factors): LogSum {
  const { framework, model, probe, work, positions } = subject;
  const host = hostOf(subject);
  const cacheBytes = positions * work.kvElementsPerPosition * work.kvBytesPerElement;
  const bandwidth = probe.bandwidthAt(bytesRead(work) + cacheBytes);
  const shared = [factors.apart(`all ${host} ${framework}`, 0.06), factors.apart(`all ${framework} ${model}`, 0.05)];
  const read = (bytes: number, format: string): Part => ({
    logAmount: Math.log(bytes / bandwidth),
    parameters: [
      ...(isPlain(format)
        ? [factors.root('read plain', Math.log(1.1), 0.15), factors.apart(`read plain ${framework}`, 0.15)]
        : [factors.root('read packed', Math.log(1.4), 0.4), factors.apart(`read packed ${framework}`, 0.2)]),
      factors.apart(`read ${format}`, isPlain(format) ? 0.05 : 0.3),
      factors.apart(`read ${framework} ${format}`, isPlain(format) ? 0.1 : 0.3),
      factors.apart(`read ${host}`, 0.1),
      ...shared,
    ],
  });
  const computed = (operations: number, format: string): Part => ({
    logAmount: Math.log(operations / probe.flopsPerSecond),
    parameters: [
      factors.root('compute', Math.log(1.6), 0.7),
      factors.apart(`compute ${format}`, 0.5),
      factors.apart(`compute ${framework}`, 0.5),
      factors.apart(`compute ${framework} ${format}`, 0.35),
      factors.apart(`compute ${host}`, 0.2),
      ...shared,
    ],
  });
  // What is no work for the vector units goes with the clock, of which arithmetic says only half.
  const slowness = -0.5 * Math.log(probe.flopsPerSecond / (probe.threads ?? 1) / usualFlopsPerThread);
  const fixed = (name: string, seconds: number, deviation: number): Part => ({
    logAmount: Math.log(seconds) + slowness,
    parameters: [
      factors.root(name, 0, 1),
      factors.apart(`${name} ${framework}`, deviation),
      factors.apart(`${name} ${host}`, 0.25),
      ...shared,
    ],
  });
  return [
    ...work.weights.map(({ format, bytes, parameters }) => [read(bytes, format), computed(2 * parameters, format)]),
    ...(cacheBytes > 0 ? [[read(cacheBytes, 'cache')]] : []),
    [fixed('layer', layerSeconds * work.layers, 0.8)],
    [fixed('token', tokenSeconds, 0.8)],
  ];
}

/** Numbers that are multiplied as they lie in memory are read at its speed; those that have to be unpacked first, more slowly. */
function isPlain(format: string): boolean {
  return format === 'f32' || format === 'cache';
}
