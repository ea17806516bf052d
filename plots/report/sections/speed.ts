import { chartBlocks } from '../chart-blocks.ts';
import type { Section } from '../document.ts';
import type { ReportInput } from '../report-input.ts';

export function speed(input: ReportInput): Section | null {
  if (input.data.groups.length === 0) return null;
  return {
    id: 'speed',
    title: 'Speed',
    blocks: ['backend_comparison', 'speedup_comparison', 'summary_stats'].flatMap((name) => chartBlocks(input, name)),
  };
}
