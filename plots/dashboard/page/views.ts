/** Every view, in the order of the list; what one shows is its file in views/. */
import type { Payload } from '../payload.ts';
import type { View } from './view.ts';
import { comparison } from './views/comparison.ts';
import { latency } from './views/latency.ts';
import { load } from './views/load.ts';
import { memory } from './views/memory.ts';
import { pair } from './views/pair.ts';
import { recommendation } from './views/recommendation.ts';
import { roofline } from './views/roofline.ts';
import { run } from './views/run.ts';
import { scaling } from './views/scaling.ts';
import { tradeoff } from './views/tradeoff.ts';
import { trend } from './views/trend.ts';

export function viewsOf(payload: Pick<Payload, 'recommendation'>): readonly View[] {
  return [
    comparison,
    ...(payload.recommendation === null ? [] : [recommendation(payload.recommendation)]),
    latency,
    trend,
    roofline,
    tradeoff,
    memory,
    scaling,
    load,
    run,
    pair,
  ];
}
