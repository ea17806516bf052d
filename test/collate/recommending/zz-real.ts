import { writeFileSync } from 'node:fs';
import { observationsOf } from '../../../collate/recommending/observations.ts';
import { readTable } from '../../../collate/tables/read.ts';
import { modelCost } from '../../../scripts/models/model-costs.ts';
import { loadRegistry } from '../../../scripts/models/registry.ts';
import { runsTable } from '../../../scripts/results/runs/runs.ts';
import { hardwareTable } from '../../../scripts/results/tables-made-anew.ts';
import { accuracyOf, judgeLeftOut } from './accuracy.ts';

const runs = readTable('/tmp/rec-pred', runsTable),
  hardware = readTable('/tmp/rec-pred', hardwareTable);
const costs = loadRegistry().models.map(modelCost);
const observations = observationsOf({ runs, hardware, costs }, 'kernel');
writeFileSync(
  '/tmp/rec-obs.json',
  JSON.stringify(observations.map(({ group, cost, probe, ...o }) => ({ ...o, layers: cost?.layers }))),
);
console.log(observations.length);
for (const q of ['decode'] as const)
  for (const step of ['combination', 'format', 'size', 'format and size', 'framework'] as const) {
    const judged = judgeLeftOut(q, observations, step);
    if (judged.length === 0) {
      console.log(q, step, 'none');
      continue;
    }
    const a = accuracyOf(judged);
    console.log(
      q,
      step,
      a.count,
      [a.median, a.p90, a.coverage, a.ruleMedian, a.ruleP90]
        .map((x) => (x === null ? '' : (100 * x).toFixed(1)))
        .join('  '),
    );
    if (step !== 'framework')
      for (const j of judged.toSorted((x, y) => y.error - x.error).slice(0, 8))
        console.log(
          '    ',
          j.subject.framework,
          j.subject.model,
          j.subject.quantize,
          (100 * j.error).toFixed(0) + ' %',
          j.measured.toExponential(3),
          j.covered,
        );
  }
