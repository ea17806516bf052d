/** The report from its answer to its small print. A section that has nothing to say is left out. */
import { printableTexts } from '../../scripts/command-line/printable-text.ts';
import { type ReportDocument, reportSchema } from './document.ts';
import type { Part, ReportInput } from './section.ts';
import { accuracy, wrongAnswers } from './sections/accuracy.ts';
import { certificate } from './sections/certificate.ts';
import { coldStart } from './sections/cold-start.ts';
import { devices } from './sections/devices.ts';
import { didNotRun } from './sections/did-not-run.ts';
import { embeddingWorkload } from './sections/embedding-workload.ts';
import { energy } from './sections/energy.ts';
import { kernelWorkload } from './sections/kernel-workload.ts';
import { machines } from './sections/machines.ts';
import { memory } from './sections/memory.ts';
import { methods } from './sections/methods.ts';
import { answerInFull, opening } from './sections/opening.ts';
import { divergedAnswers, parity } from './sections/parity.ts';
import { quality } from './sections/quality.ts';
import { quantization } from './sections/quantization.ts';
import { reproduce } from './sections/reproduce.ts';
import { resourcePool } from './sections/resource-pool.ts';
import { roofline } from './sections/roofline.ts';
import { speed } from './sections/speed.ts';
import { steadiness } from './sections/steadiness.ts';
import { underLoad } from './sections/under-load.ts';
import { warnings } from './sections/warnings.ts';

const sections: readonly Part[] = [
  opening,
  answerInFull,
  parity,
  speed,
  steadiness,
  quantization,
  quality,
  accuracy,
  memory,
  roofline,
  resourcePool,
  devices,
  underLoad,
  coldStart,
  energy,
  kernelWorkload,
  embeddingWorkload,
  warnings,
  didNotRun,
  machines,
  reproduce,
];

/** What stands behind the figures: of use to who checks them, in the way of who reads them. */
const appendix: readonly Part[] = [certificate, divergedAnswers, wrongAnswers, methods];

export function buildReport(input: ReportInput): ReportDocument {
  return {
    schema: reportSchema,
    title: 'Benchmark report',
    subtitle: whenAndWhere(input),
    // Commands are made from settings that stand as JSON in a cell, and come out of it as they were written.
    sections: printableTexts(sections.flatMap((section) => section(input) ?? [])),
    appendix: printableTexts(appendix.flatMap((section) => section(input) ?? [])),
  };
}

/** Host and date, for a page that is passed on alone. Dates come from the data: the same tables give the same bytes. */
function whenAndWhere({ data: { runs } }: ReportInput): string {
  const days = runs.flatMap((run) => (run.started_at === null ? [] : run.started_at.slice(0, 10))).sort();
  const [first, last] = [days.at(0), days.at(-1)];
  const hosts = [...new Set(runs.flatMap(({ hostname }) => hostname ?? []))].sort();
  return [
    'Tokenlap',
    `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`,
    ...(hosts.length === 0 ? [] : [hosts.length > mostHosts ? `${hosts.length} hosts` : hosts.join(', ')]),
    ...(first === undefined ? [] : [first === last ? first : `${first} to ${last}`]),
  ].join(' · ');
}

const mostHosts = 3;
