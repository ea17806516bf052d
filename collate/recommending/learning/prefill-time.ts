/**
 * The time of a prompt: the operations of all its tokens, or the bytes of the weights once for each batch of tokens, whichever takes
 * longer; attention over the prompt itself; the matrix that makes the logits once; a cost for each layer of each batch and one for
 * the whole.
 */
import type { LogSum, Part } from '../../../scripts/statistics/log-sum.ts';
import { hostOf, type Subject } from '../subject.ts';
import { bytesRead } from '../work.ts';
import type { Factors } from './factors.ts';

const layerSeconds = 20e-6;
const promptSeconds = 300e-6;

export function prefillTime(subject: Subject, factors: Factors): LogSum {
  const { framework, model, probe, work, promptTokens: tokens } = subject;
  const host = hostOf(subject);
  const batches = Math.ceil(tokens / subject.batchTokens);
  const bandwidth = probe.bandwidthAt(bytesRead(work));
  const shared = [factors.apart(`all ${host} ${framework}`, 0.08), factors.apart(`all ${framework} ${model}`, 0.08)];
  const read = (bytes: number): Part => ({
    logAmount: Math.log(bytes / bandwidth),
    parameters: [factors.root('read', Math.log(1.15), 0.2), factors.apart(`read ${framework}`, 0.2), ...shared],
  });
  const computed = (operations: number, format: string): Part => ({
    logAmount: Math.log(operations / probe.flopsPerSecond),
    parameters: [
      factors.root('compute', Math.log(1.5), 0.7),
      factors.apart(`compute ${format}`, 0.4),
      factors.apart(`compute ${framework}`, 0.4),
      factors.apart(`compute ${framework} ${format}`, 0.35),
      factors.apart(`compute ${host}`, 0.2),
      ...shared,
    ],
  });
  const fixed = (name: string, seconds: number): Part => ({
    logAmount: Math.log(seconds),
    parameters: [
      factors.root(name, 0, 1),
      factors.apart(`${name} ${framework}`, 0.8),
      factors.apart(`${name} ${host}`, 0.25),
      ...shared,
    ],
  });
  // Half of all pairs of positions, for queries with keys and for weights with values, a multiplication and an addition each.
  const attention = 2 * tokens ** 2 * work.embedding * work.layers;
  return [
    ...work.weights.map(({ format, bytes, parameters, inLayers }) => [
      read(bytes * (inLayers ? batches : 1)),
      computed(2 * parameters * (inLayers ? tokens : 1), format),
    ]),
    ...(attention > 0 ? [[computed(attention, 'attention')]] : []),
    [fixed('layer', layerSeconds * work.layers * batches)],
    [fixed('prompt', promptSeconds)],
  ];
}
