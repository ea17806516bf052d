/**
 * The most memory that an engine takes: its libraries, the weights as they lie in memory (some engines keep a second, rearranged
 * copy), the file that they were converted from, the vocabulary, keys and values of the whole context, and the buffers of a batch.
 */
import type { LogSum, Part } from '../../../scripts/statistics/log-sum.ts';
import type { Subject } from '../subject.ts';
import type { Factors } from './factors.ts';

const engineBytes = 150e6;
/** Text, score and hash entries of a token in a tokenizer. */
const bytesPerToken = 300;
const bytesPerActivation = 4;

export function memoryNeed(subject: Subject, factors: Factors): LogSum {
  const { framework, device, work, contextTokens, batchTokens, hostname } = subject;
  const engine = `${framework} ${device}`;
  const part = (bytes: number, name: string, ...parameters: number[]): Part[] => [
    {
      logAmount: Math.log(bytes),
      parameters: [...parameters, factors.apart(`${name} ${engine}`, name === 'weights' ? 0.05 : 1)],
    },
  ];
  const cache = contextTokens * work.kvElementsPerPosition * work.kvBytesPerElement;
  const buffers = 8 * batchTokens * work.embedding * bytesPerActivation;
  return [
    part(engineBytes, 'engine', factors.apart(`engine ${hostname}`, 0.05)),
    ...work.resident.map(({ format, bytes }) =>
      part(bytes, 'weights', factors.apart(`weights ${engine} ${format}`, 0.3)),
    ),
    ...(work.fileBytes === null ? [] : [part(work.fileBytes, 'file', factors.root('file', -1.5, 1))]),
    ...(work.vocabulary > 0 ? [part(bytesPerToken * work.vocabulary, 'vocabulary')] : []),
    ...(cache > 0 ? [part(cache, 'cache', factors.root('cache', -0.7, 0.5))] : []),
    ...(buffers > 0 ? [part(buffers, 'buffers', factors.root('buffers', -1.5, 1))] : []),
  ];
}
