import type { Section } from '../document.ts';
import { chartBlocks, type ReportInput } from '../section.ts';

export function steadiness(input: ReportInput): Section | null {
  if (input.data.groups.length === 0) return null;
  return {
    id: 'steadiness',
    title: 'Steadiness',
    blocks: [
      ...chartBlocks(input, 'latency_distribution'),
      ...chartBlocks(input, 'arrival_distribution'),
      ...chartBlocks(input, 'enqueue_latency'),
    ],
  };
}
