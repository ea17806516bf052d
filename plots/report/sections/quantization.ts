import type { Section } from '../document.ts';
import { chartBlocks, type ReportInput } from '../section.ts';

export function quantization(input: ReportInput): Section | null {
  if (input.data.groups.length === 0) return null;
  return { id: 'quantisation', title: 'Quantisation', blocks: chartBlocks(input, 'quantization_impact') };
}
