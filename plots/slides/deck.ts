/** The slides in the order in which they are shown. A page without data is left out. */
import { mainGroup } from '../charts/scope.ts';
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

export function deckOf(data: PlotData): Slide[] {
  const input = { data, main: mainGroup(data.groups) };
  return pages.flatMap((page) => page(input) ?? []);
}
