/** The report from its answer to its small print. A section that has nothing to say is left out. */
import { printableTexts } from '../../scripts/command-line/printable-text.ts';
import { whenAndWhere } from '../data/when-and-where.ts';
import { type ReportDocument, reportSchema } from './document.ts';
import { type Part, type ReportInput, sectionsOf } from './section.ts';
import { accuracy, wrongAnswers } from './sections/accuracy.ts';
import { answerInFull } from './sections/answer-in-full.ts';
import { comparison } from './sections/comparison.ts';
import { embeddingWorkload, kernelWorkload } from './sections/engine-workloads.ts';
import { foreignResults } from './sections/foreign-results.ts';
import { methods, reproduce } from './sections/methods.ts';
import { opening } from './sections/opening.ts';
import { overTime } from './sections/over-time.ts';
import { divergedAnswers, parity, quality } from './sections/parity.ts';
import { recommendations } from './sections/recommendations.ts';
import { resourcePool } from './sections/resource-pool.ts';
import { coldStart, energy, memory } from './sections/resources.ts';
import { runQuality } from './sections/run-quality.ts';
import { settings } from './sections/settings.ts';
import { devices, operators, quantization, roofline, speed, steadiness } from './sections/speed.ts';
import { underLoad } from './sections/under-load.ts';
import { warnings } from './sections/warnings.ts';
import { didNotRun, machines } from './sections/what-ran.ts';

const sections: readonly Part[] = [
  opening,
  settings,
  answerInFull,
  recommendations,
  parity,
  speed,
  steadiness,
  quantization,
  quality,
  accuracy,
  memory,
  roofline,
  operators,
  resourcePool,
  devices,
  underLoad,
  overTime,
  coldStart,
  energy,
  kernelWorkload,
  embeddingWorkload,
  comparison,
  warnings,
  didNotRun,
  machines,
  reproduce,
];

/** What stands behind the figures: of use to who checks them, in the way of who reads them. */
const appendix: readonly Part[] = [runQuality, divergedAnswers, wrongAnswers, foreignResults, methods];

export function buildReport(input: ReportInput): ReportDocument {
  return {
    schema: reportSchema,
    title: 'Benchmark report',
    subtitle: whenAndWhere(input.data.runs),
    // Commands are made from settings that stand as JSON in a cell, and come out of it as they were written.
    sections: printableTexts(sectionsOf(sections, input)),
    appendix: printableTexts(sectionsOf(appendix, input)),
  };
}
