/** What it takes to hand a decode step to the device, beside what the whole step takes. */
import { significant } from '../../scripts/command-line/format.ts';
import { memberName } from '../data/groups.ts';
import { type GapQuantiles, gapQuantiles } from '../data/latency.ts';
import { looksOf } from '../panels/rows.ts';
import { count, figure, right, shown } from '../report/table.ts';
import type { Chart } from './chart.ts';
import { type Distribution, distribution, timedGroups } from './latency-distribution.ts';
import { page } from './sheet.ts';

interface Steps {
  /** Until the work of a decode step was handed to the device. */
  readonly enqueue: GapQuantiles;
  /** Until its token exists. */
  readonly token: GapQuantiles;
}

const steps: Distribution<Steps> = {
  title: ({ member, enqueue, token }) =>
    `${member.title} hands a step over in ${significant(enqueue.p50)} ms of ${significant(token.p50)} ms`,
  notes: [
    'Pale: until the work of a decode step was handed to the device. Full: until its token exists.',
    'Box: middle half of the steps of all runs. Line: 5th to 95th percentile. Dark bar: median. Diamond: 99th.',
  ],
  axis: 'Latency of a step',
  rowsOf: ({ member, enqueue, token }) => [
    { name: `${memberName(member)} · handed over`, ...looksOf(member), pale: true, gaps: enqueue },
    { name: `${memberName(member)} · token`, ...looksOf(member), gaps: token },
  ],
  caption: 'Handing a decode step to the device, and the whole step, of all runs together',
  fields: [
    [right('Steps'), ({ enqueue }) => count(enqueue.count)],
    [right('Enqueue, median', 'ms'), ({ enqueue }) => figure(enqueue.p50)],
    [right('Enqueue, p95', 'ms'), ({ enqueue }) => figure(enqueue.p95)],
    [right('Token, median', 'ms'), ({ token }) => figure(token.p50)],
    [right('Token, p95', 'ms'), ({ token }) => figure(token.p95)],
    [
      right('Enqueue over token'),
      ({ enqueue, token }) => shown(enqueue.p50 / token.p50, (part) => `${significant(part * 100, 2)} %`),
    ],
  ],
  kind: 'Box plots of enqueue and token latency.',
  inWords: ({ enqueue, token }) => `${significant(enqueue.p50)} ms of ${significant(token.p50)} ms`,
};

export const enqueueLatency: Chart = {
  name: 'enqueue_latency',
  question: 'How much of a token goes into handing work to the device?',
  draw({ groups, latencies, enqueueLatencies }, sheet = page) {
    const timed = timedGroups(groups, (member) => {
      const enqueue = gapQuantiles(member, enqueueLatencies);
      const token = gapQuantiles(member, latencies);
      return enqueue === null || token === null ? null : { enqueue, token };
    });
    // An engine that does not say when a step was handed over has no place here.
    const telling = timed.map((group) => ({ ...group, members: group.timed.map(({ member }) => member) }));
    return timed.length === 0 ? null : distribution(telling, steps, sheet);
  },
};
