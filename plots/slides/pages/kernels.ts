/** Rates of the kernel workload: the comparison where nothing else was measured, and never beside end-to-end rates. */
import { frameworkTitle } from '../../../collate/analysis/framework-title.ts';
import { groupBy } from '../../../collate/analysis/group-by.ts';
import { groupRuns, type Group as MeasuredGroup } from '../../../collate/analysis/groups.ts';
import { differingSettings } from '../../../collate/analysis/measurement.ts';
import { counted, significant } from '../../../scripts/command-line/format.ts';
import { metricOf, summaryOf } from '../../data/metric.ts';
import { frameworkColor } from '../../render/theme.ts';
import { bars, noteOf, type SlideBar, type SlideOf } from '../slide.ts';

interface Rate {
  readonly group: MeasuredGroup;
  readonly title: string;
  readonly tokensPerSecond: number;
}

export const kernelSlide: SlideOf = ({ data, main }) => {
  const all = groupRuns(data.kernelRuns).flatMap((group): Rate[] => {
    const rate = summaryOf(group.runs, metricOf('tg_tokens_per_s'));
    return rate === null ? [] : [{ group, title: frameworkTitle(group.runs[0] ?? {}), tokensPerSecond: rate.center }];
  });
  const cells = groupBy(all, ({ group: { key } }) => [
    ...[key.hostname, key.device, key.model, key.weight_class],
    ...[key.n_prompt, key.n_gen, key.depth],
  ]);
  const frameworksIn = (cell: readonly Rate[]) => new Set(cell.map(({ title }) => title)).size;
  const [cell] = cells.toSorted((a, b) => frameworksIn(b) - frameworksIn(a) || b.length - a.length);
  // Beside a comparison one framework alone is none.
  if (cell === undefined || (main !== undefined && frameworksIn(cell) < 2)) return null;
  const ranked = cell.toSorted((a, b) => b.tokensPerSecond - a.tokensPerSecond);
  const [first] = ranked;
  if (first === undefined) return null;
  const next = ranked.find(({ title }) => title !== first.title);
  const { key, runs } = first.group;
  const least = Math.min(...cell.map(({ group }) => group.runs.length));
  return {
    name: 'kernels',
    message: `${first.title} generates ${rateText(first)} in the kernel workload${next === undefined ? '' : `, ${next.title} ${rateText(next)}`}`,
    blocks: bars(ranked.map((rate) => barOf(rate, ranked))),
    note: noteOf([
      [key.hostname, key.device, key.model, key.weight_class].filter((part) => part !== null).join(' · '),
      `${key.n_gen ?? '?'} tokens generated at depth ${key.depth ?? 0}, random token ids, no sampling, as in llama-bench; not comparable with end-to-end rates`,
      `Geometric mean of ${least === runs.length ? counted(least, 'runs') : 'the runs'}; no verdict is made of it`,
    ]),
  };
};

function barOf({ group, title, tokensPerSecond }: Rate, all: readonly Rate[]): SlideBar {
  const keys = all.map((rate) => rate.group.key);
  const settings = [group.key.quantize, ...differingSettings(group.key, keys)].filter((part) => part !== null);
  const prompt = summaryOf(group.runs, metricOf('pp_tokens_per_s'));
  return {
    name: [title, ...new Set(settings)].join(' · '),
    text: `${significant(tokensPerSecond)} tokens/s${prompt === null ? '' : `, prompt ${significant(prompt.center)}`}`,
    share: tokensPerSecond / Math.max(...all.map((rate) => rate.tokensPerSecond)),
    color: frameworkColor(group.key.framework ?? ''),
    ranked: group.key.comparable !== false,
  };
}

const rateText = ({ tokensPerSecond }: Rate) => `${significant(tokensPerSecond)} tokens/s`;
