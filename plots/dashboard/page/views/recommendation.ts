/** What to use on each host, as it was recommended when the page was made. */
import type { RecommendationView } from '../../recommendation.ts';
import { choice, nothing, type View } from '../view.ts';

export function recommendation({ hosts }: RecommendationView): View {
  return {
    name: 'recommendation',
    title: 'Recommendation',
    question: 'What should I use on this machine?',
    draw(shown) {
      const visible = hosts.filter(({ hostname }) => shown.runs.some((run) => run.hostname === hostname));
      const made = choice(
        shown,
        'recommended-host',
        'For',
        visible.map(({ hostname }) => ({ value: hostname, label: hostname })),
      );
      const host = visible.find(({ hostname }) => hostname === made.chosen);
      if (host === undefined) return nothing('Nothing is recommended for the hosts that are shown.', [made]);
      return { ...nothing(host.sentence, [made]), table: host.table };
    },
  };
}
