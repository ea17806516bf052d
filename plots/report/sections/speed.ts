import type { Group } from '../../data/groups.ts';
import { conversionSentences } from '../../data/resident-weights.ts';
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
      'A weight class says what the values are worth, not how many bytes a decoded token reads. These frameworks hold other weights in memory than the file has:',
    ),
    { kind: 'list', items: sentences },
  ];
}
