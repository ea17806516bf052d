/**
 * A framework double on a clock of its own: the truth of every run is known, no machine disturbs it, and everything above the
 * engine is the real pipeline, from the questions to the raw log.
 */
import type { Engine } from '../../scripts/engine/engine.ts';
import { createRunLog } from '../../scripts/log/run-log.ts';
import type { EndRecord, RunRecord } from '../../scripts/log/run-log-format.ts';
import { TimeLog } from '../../scripts/log/time-log.ts';
import { judgeQuality } from '../../scripts/run/quality/run-quality.ts';
import type { RunOutcome } from '../../scripts/run/run.ts';
import { runWarnings } from '../../scripts/run/run-warnings.ts';
import { questions as questionsWorkload } from '../../scripts/workloads/questions/workload.ts';
import { header, memoryRecords } from '../collate/run-records.ts';
import { paperEngine } from './paper-engine.ts';
import { scriptedPlan, scriptedQuestions } from './scripted-run.ts';

export interface Truth {
  ttftMs: number;
  gapMs: number;
  tokens: number;
  /** How the gaps change with the tokens that the engine has decoded before. */
  factorOfToken?: (token: number) => number;
  /** Share by which the last gap of the run is longer than the first one, growing evenly. */
  drift?: number;
  /** Every so many answers one takes `slowFactor` times as long to decode. */
  slowEvery?: number;
  slowFactor?: number;
  /** Every measured time of the run is this many times as long. */
  runFactor?: number;
  /** The first answer's TTFT over that of the others. */
  coldFactor?: number;
}

export interface SimulatedRun {
  /** Becomes the uuid and the minute of the start. */
  number: number;
  framework: string;
  truth: Truth;
  rounds?: number;
  warmUp?: 'auto';
  minSeconds?: number;
  /** Place in the interleaved order, where it belongs to a session. */
  session?: { uuid: string; order: number; iteration: number };
  /** The cell that it is, where it belongs to a sweep. */
  sweep?: { name: string; cell: string; iteration: number; attempt: number };
}

/** Between two answers, at least. */
const pauseNs = 1e6;

const questions = Array.from({ length: 12 }, (_, i) => ({ id: `q${i}`, question: `question ${i}`, answer: null }));

/** Writes its log below <output>/raw/. */
export async function simulateRun(output: string, run: SimulatedRun): Promise<RunOutcome> {
  const rounds = run.rounds ?? 2;
  const plan = scriptedPlan(output, { warmUp: run.warmUp ?? 2 });
  const workload = {
    ...scriptedQuestions,
    questions: { ...scriptedQuestions.questions, questions },
    rounds,
    maxTokens: 512,
    minSeconds: run.minSeconds ?? 0,
  };
  const records: RunRecord[] = [];
  const clock = { ns: 0 };
  const write = (...more: RunRecord[]) => void records.push(...more);
  const { model } = header(run.number, run.framework);
  const { framework: _, ...settings } = plan.settings;
  const runHeader = header(run.number, run.framework, {
    model: { ...model, parameters: 1e9, fileBytes: 2e9 },
    requested: { ...settings, maxTokens: 512, temperature: 0, rounds, firstRound: 0 },
    ...(run.session === undefined ? {} : { session: run.session }),
    ...(run.sweep === undefined ? {} : { sweep: run.sweep }),
  });
  write(runHeader, {
    type: 'effective',
    atNs: 0,
    device: 'cpu',
    deviceName: 'paper',
    comparable: true,
    settings: { threads: 1 },
    build: {},
    kvBytesPerPosition: 4,
  });
  await questionsWorkload.run(
    {
      engine: simulatedEngine(run.truth, rounds * questions.length + 3, clock),
      plan,
      header: runHeader,
      showsLogits: false,
      tellsLikelihoods: false,
      timeLog: new TimeLog(() => clock.ns, write),
      write,
      reporter: { stage: () => {}, progress: () => {} },
      checkInterrupted: () => {},
      stoppable: (_, work) => work(),
    },
    workload,
  );
  const unwatched = { sources: { present: [], absent: [] }, samples: 0, microsecondsPerSample: 0, noiseFloor: null };
  const certificate = judgeQuality(records, unwatched);
  if (certificate !== null) write(certificate);
  write(...runWarnings(records, questionsWorkload));
  const endedAt = new Date(Date.parse(runHeader.startedAt) + clock.ns / 1e6).toISOString();
  const end: EndRecord = { type: 'end', status: 'completed', atNs: clock.ns, endedAt };
  const { before, behind } = memoryRecords();
  write(...before, ...behind, end);
  const log = createRunLog(output, runHeader);
  log.write(...records.slice(1));
  log.close();
  return { header: runHeader, logPath: log.path, end, exitCode: 0, records };
}

function simulatedEngine(truth: Truth, answers: number, clock: { ns: number }): Engine {
  const { factorOfToken = () => 1, drift = 0, slowEvery = 0, slowFactor = 1, runFactor = 1, coldFactor = 1 } = truth;
  let asked = 0;
  let decoded = 0;
  let answeredMs = performance.now();
  return paperEngine(async () => {
    const share = asked / answers;
    const isSlow = slowEvery > 0 && asked % slowEvery === slowEvery - 1;
    const gapNs = truth.gapMs * 1e6 * runFactor * (1 + drift * share) * (isSlow ? slowFactor : 1);
    const ttftNs = truth.ttftMs * 1e6 * runFactor * (asked === 0 ? coldFactor : 1);
    asked++;
    // The template is timed for real, and a busy machine may take longer for it.
    const submitNs = clock.ns + Math.max(pauseNs, Math.ceil((performance.now() - answeredMs) * 1e6));
    let nextNs = submitNs + ttftNs;
    const atNs = Array.from({ length: truth.tokens }, (_, i) => {
      if (i > 0) nextNs += gapNs * factorOfToken(decoded++);
      return Math.round(nextNs);
    });
    clock.ns = atNs.at(-1) ?? submitNs;
    answeredMs = performance.now();
    return {
      ids: atNs.map((_, i) => i),
      atNs,
      pieces: atNs.map(() => 'x'),
      submitNs,
      promptEvaluatedNs: Math.round(submitNs + ttftNs * 0.9),
      cachedPromptTokens: 0,
      stop: 'length',
    };
  });
}
