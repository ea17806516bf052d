import { chartBlocks } from '../chart-blocks.ts';
import type { Section } from '../document.ts';
import type { ReportInput } from '../report-input.ts';

export function devices(input: ReportInput): Section | null {
  if (input.data.groups.length === 0) return null;
  return { id: 'devices', title: 'Devices and hosts', blocks: chartBlocks(input, 'device_comparison') };
}
