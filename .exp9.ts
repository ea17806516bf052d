import { onnx } from './scripts/frameworks/onnx/framework.ts';
import { fork } from 'node:child_process';
import { startEngine } from './scripts/engine/engine.ts';
import { monotonicNow } from './scripts/engine/clock.ts';
import { resolveModel } from './scripts/models/resolve.ts';
import { processorGraph } from './scripts/frameworks/onnx/by-hand.ts';
import { median, bootstrapInterval } from './scripts/measure/statistics.ts';
import { readFileSync } from 'node:fs';
const [size, quantize, tokensT, roundsT, turnsT] = process.argv.slice(2) as string[];
const tokens = Number(tokensT), rounds = Number(roundsT), turns = Number(turnsT);
const model = await resolveModel({ size, quantize, algorithm: undefined, path: undefined, synthetic: true, seed: 42, offline: true, formats: [] } as any, () => {});
const settings: any = { threads: 1, device: 'cpu', gpuLayers: 'auto', contextTokens: size === 'tiny' ? 512 : 2048, batchTokens: 512, flashAttention: 'auto', kvType: 'f32', precision: 'auto', compile: false, deviceCount: 1, shard: 'layers' };
const graph = await processorGraph(model.path, settings);
const cpu = (pid: number) => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
const flt = (pid: number) => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[7]);
const prompt = [3];
const all: Record<string, { cpu: number; med: number; flt: number }[][]> = { ours: [], hand: [] };
for (let round = 0; round < rounds; round++) {
  await using engine = await startEngine({ framework: onnx, originNs: monotonicNow(), settings, timeoutMs: 600000, onCheckpoint() {}, onProgress() {}, onPiece() {} });
  await engine.load(model.path, settings);
  const child = fork('./scripts/frameworks/onnx/by-hand-loop.ts', [graph, '1', 'in-place'], { execArgv: ['--import', 'tsx'] });
  await new Promise((r) => child.once('message', r));
  const sides: Record<string, [number, () => Promise<number[]>]> = {
    ours: [engine.pid, async () => (await engine.generate({ prompt, maxTokens: tokens, temperature: 0, seed: 0, ignoreEndOfSequence: true, reusePrefix: false, stream: false })).atNs.map((a) => a / 1e6)],
    hand: [child.pid!, async () => (await new Promise<any>((r) => { child.once('message', r); child.send({ prompt, tokens }); })).atMs],
  };
  let order = round % 2 ? ['ours', 'hand'] : ['hand', 'ours'];
  for (const s of order) all[s]!.push([]);
  for (let t = -1; t < turns; t++) {
    for (const s of order) { const [pid, go] = sides[s]!; const c = cpu(pid), f = flt(pid); const at = await go(); if (t >= 0) all[s]!.at(-1)!.push({ cpu: (cpu(pid) - c) / tokens, flt: (flt(pid) - f) / tokens, med: median(at.slice(1).map((a, i) => a - at[i]!)) }); }
    order = order.toReversed();
  }
  child.disconnect();
}
for (const k of ['cpu', 'med', 'flt'] as const) {
  const over = (s: string, idx: readonly number[]) => median(idx.flatMap((i) => all[s]![i]!.map((x) => x[k])));
  const idx = all.ours!.map((_, i) => i); const ratio = (i: readonly number[]) => over('hand', i) / over('ours', i);
  const ci = bootstrapInterval(idx, ratio);
  console.log(size, quantize, k, 'ours', over('ours', idx).toFixed(3), 'hand', over('hand', idx).toFixed(3), 'speed ours/hand', ratio(idx).toFixed(3), ci && `${ci.low.toFixed(3)} to ${ci.high.toFixed(3)}`, k === 'cpu' ? 'per round ' + idx.map((i) => ratio([i]).toFixed(2)).join(' ') : '');
}
