import type { Section } from '../document.ts';
import { chartBlocks, type ReportInput } from '../section.ts';

export function devices(input: ReportInput): Section | null {
  if (input.data.groups.length === 0) return null;
  return { id: 'devices', title: 'Devices and hosts', blocks: chartBlocks(input, 'device_comparison') };
}
