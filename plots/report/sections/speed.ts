/** Sections of the question workload that are charts: speed, steadiness, quantisation, devices and hosts. */
import type { Group } from '../../data/groups.ts';
import { conversionSentences } from '../../data/memory.ts';
import { type Block, type Section, text } from '../document.ts';
import { chartBlocks, type ReportInput } from '../section.ts';

export function speed(input: ReportInput): Section | null {
  if (input.data.groups.length === 0) return null;
  return {
    id: 'speed',
    title: 'Speed',
    blocks: [
      ...chartBlocks(input, 'backend_comparison'),
      ...weightsInMemory(input.data.groups),
      ...chartBlocks(input, 'speedup_comparison'),
      ...chartBlocks(input, 'summary_stats'),
    ],
  };
}

function weightsInMemory(groups: readonly Group[]): Block[] {
  const sentences = conversionSentences(groups);
  if (sentences.length === 0) return [];
  return [
    text(
      'A weight class is the precision of the values, not the number of bytes that a decoded token reads. These frameworks hold the weights in another format than the file:',
    ),
    { kind: 'list', items: sentences },
  ];
}

export function steadiness(input: ReportInput): Section | null {
  return chartsOnly(input, 'steadiness', 'Steadiness', [
    'latency_distribution',
    'arrival_distribution',
    'enqueue_latency',
  ]);
}

export function quantization(input: ReportInput): Section | null {
  return chartsOnly(input, 'quantisation', 'Quantisation', ['quantization_impact']);
}

export function devices(input: ReportInput): Section | null {
  return chartsOnly(input, 'devices', 'Devices and hosts', ['device_comparison']);
}

function chartsOnly(input: ReportInput, id: string, title: string, charts: readonly string[]): Section | null {
  if (input.data.groups.length === 0) return null;
  return { id, title, blocks: charts.flatMap((name) => chartBlocks(input, name)) };
}
