/** The slides in the order in which they are shown. A page without data is left out. */
import { ownSettings } from '../../collate/analysis/measurement.ts';
import type { Group, Member } from '../data/groups.ts';
import { mainGroup } from '../data/main-group.ts';
import type { PlotData } from '../data/plot-data.ts';
import { answerSlide, rankingSlide, waitSlide } from './pages/answer.ts';
import { kernelSlide } from './pages/kernels.ts';
import { memorySlide, paritySlide, steadinessSlide } from './pages/measured.ts';
import { methodSlide, notRunSlide, repeatSlide } from './pages/method.ts';
import { titleSlide } from './pages/title.ts';
import { concurrencySlide, lengthSlide, loadSlide, paretoSlide, quantizationSlide } from './pages/trade-offs.ts';
import type { Slide, SlideOf } from './slide.ts';

const pages: readonly SlideOf[] = [
  titleSlide,
  answerSlide,
  waitSlide,
  rankingSlide,
  steadinessSlide,
  memorySlide,
  paritySlide,
  quantizationSlide,
  paretoSlide,
  kernelSlide,
  lengthSlide,
  concurrencySlide,
  loadSlide,
  methodSlide,
  notRunSlide,
  repeatSlide,
];

export function deckOf(all: PlotData): Slide[] {
  const data = {
    ...all,
    groups: all.groups.map((group) => shortNamed(group)),
    parityGroups: all.parityGroups.map((group) => shortNamed(group, ({ quantize }) => [quantize])),
  };
  const input = { data, main: mainGroup(data.groups) };
  return pages.flatMap((page) => page(input) ?? []);
}

/** Beside the framework what tells it from others of its framework, and no more: the settings of all have a slide. */
function shortNamed(group: Group, first: (member: Member) => readonly string[] = () => []): Group {
  const all = group.members.flatMap(({ runs }) => runs[0] ?? []);
  const members = group.members.map((member) => {
    const own = member.runs[0] === undefined ? [] : ownSettings(member.runs[0], all);
    return { ...member, setting: [...new Set([...first(member), ...own])].join(', ') };
  });
  return { ...group, members };
}
