/** What holds for every workload of the registry, whatever it measures. */

import { describe, expect, it } from 'vitest';
import { headerSchema, recordSchema } from '../../../scripts/log/run-log-format.ts';
import { describeHost } from '../../../scripts/machine/facts/host.ts';
import { faultsOf } from '../../../scripts/results/invariants/run-faults.ts';
import { summarizeRun } from '../../../scripts/results/run-summary.ts';
import { runBenchmark } from '../../../scripts/run/run.ts';
import { headerOf } from '../../../scripts/run/run-header.ts';
import type { PlannedWorkload, RunContext } from '../../../scripts/run/run-plan.ts';
import { namedWorkloads } from '../../../scripts/settings/defaults.ts';
import { accuracy } from '../../../scripts/workloads/accuracy/workload.ts';
import { ChatSession, chat } from '../../../scripts/workloads/chat/workload.ts';
import { embedding } from '../../../scripts/workloads/embedding/workload.ts';
import { kernel } from '../../../scripts/workloads/kernel/workload.ts';
import { load } from '../../../scripts/workloads/load/workload.ts';
import { parity } from '../../../scripts/workloads/parity/workload.ts';
import { perplexity } from '../../../scripts/workloads/perplexity/workload.ts';
import { namedModel } from '../../../scripts/workloads/pool/plan.ts';
import { pool } from '../../../scripts/workloads/pool/workload.ts';
import { questions } from '../../../scripts/workloads/questions/workload.ts';
import { workloadRecords } from '../../../scripts/workloads/records.ts';
import { workloads } from '../../../scripts/workloads/registry.ts';
import { summaryText } from '../../../scripts/workloads/summary-text.ts';
import { planned } from '../../../scripts/workloads/workload.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { scriptedModel, scriptedPlan, scriptedQuestions } from '../../fakes/scripted-run.ts';
import { skipped } from '../../fakes/skipped.ts';

const { questions: asked } = scriptedQuestions;
const chatPlan = { system: null, maxTokens: 8, temperature: 0 };
const model = namedModel(scriptedModel());

/** A small plan of each; `runs`: the scripted engine can do it without a reference, a server or a file. */
const plans: Record<string, { workload: PlannedWorkload; runs: boolean }> = {
  qa: { workload: planned(questions, scriptedQuestions), runs: true },
  kernel: { workload: planned(kernel, { nPrompt: 8, nGen: 4, depth: 0, repetitions: 2 }), runs: false },
  embedding: {
    workload: planned(embedding, { questions: asked, rounds: 1, firstRound: 0, minSeconds: 0, batchTexts: 2 }),
    runs: true,
  },
  chat: {
    workload: planned(chat, {
      ...chatPlan,
      talk: async (context: RunContext) => {
        const session = new ChatSession(context, chatPlan);
        await session.say('abc');
        await session.say('def');
        session.feedback('good', '');
      },
    }),
    runs: true,
  },
  parity: {
    workload: planned(parity, { questions: asked, maxTokens: 8, reference: 'scripted:f16', work: async () => {} }),
    runs: false,
  },
  load: {
    workload: planned(load, {
      shape: { kind: 'concurrency', clients: 2 },
      questions: asked,
      seconds: 1,
      warmUpRequests: 0,
      requestTimeoutMs: 1000,
      objectives: { ttft: 500 },
      maxTokens: 8,
      temperature: 0,
      ignoreEndOfSequence: true,
    }),
    runs: false,
  },
  pool: {
    workload: planned(pool, {
      questions: asked,
      levels: [{ kind: 'engines', engines: 1, sequences: 1, models: [model] }],
      model,
      faults: [],
      cycles: 0,
      secondsPerLevel: 1,
      retries: 0,
      maxTokens: 8,
      threads: 1,
      cores: 2,
    }),
    runs: true,
  },
  accuracy: {
    workload: planned(accuracy, { tasks: [], items: 5, maxTokens: null, temperature: 0 }),
    runs: false,
  },
  perplexity: {
    workload: planned(perplexity, {
      text: { file: 'text.txt', sha256: 'c'.repeat(64), text: 'abc' },
      chunkTokens: 16,
      chunks: null,
      reference: null,
      work: async () => {},
    }),
    runs: false,
  },
};

it('is one list: every workload has records, and who is asked for by name says so', () => {
  expect(workloads.map(({ name }) => name)).toEqual(workloadRecords.map(({ name }) => name));
  expect(workloads.map(({ name }) => name)).toEqual(Object.keys(plans));
  const byName = workloads.filter((workload) => workload.asked === true);
  expect(byName.map(({ name }) => name)).toEqual([...namedWorkloads]);
  expect(byName.every(({ plan }) => plan !== undefined)).toBe(true);
});

it('has no record type twice', () => {
  const types = workloadRecords.flatMap(({ schemas }) => schemas.map((schema) => schema.shape.type.value));
  expect(new Set(types).size).toBe(types.length);
});

describe.each(Object.entries(plans))('%s', (name, { workload, runs }) => {
  it('keeps its plan in a header that can be read again', async () => {
    const plan = scriptedPlan(outputFolder(), { workload });
    const run = { uuid: crypto.randomUUID(), startedAt: new Date().toISOString(), version: '1' };
    const header = headerOf(plan, { ...run, host: await describeHost(false) });
    expect(headerSchema.parse(JSON.parse(JSON.stringify(header)))).toEqual(header);
    expect(header).toMatchObject({ workload: name, requested: workload.requested });
    expect(Object.keys(workload.requested).length).toBeGreaterThan(0);
    expect('warmUp' in header.requested).toBe(workload.warmsUp === true);
  });

  it('refuses a record of another workload in its log', async () => {
    const host = await describeHost(false);
    const run = { uuid: crypto.randomUUID(), startedAt: new Date().toISOString(), version: '1', host };
    const header = headerOf(scriptedPlan(outputFolder(), { workload }), run);
    const text = { file: 'text.txt', sha256: 'c', tokens: 9, tokensSha256: 'c', chunkTokens: 4, chunks: 2 };
    const foreign =
      name === 'perplexity'
        ? ({ type: 'feedback', answer: 0, rating: 'none', comment: '' } as const)
        : ({ type: 'text', ...text, scoredPerChunk: 1, bos: null } as const);
    expect(faultsOf([header, foreign])).toContain(`a line of ${foreign.type} in a run of the workload ${name}`);
  });

  const left = skipped(!runs, `a run of ${name}: the scripted engine cannot do it`);
  it.skipIf(left)('writes a log that is of the format and keeps every invariant, and shows it', async () => {
    const plan = scriptedPlan(outputFolder(), { workload, conditions: false });
    const settings = name === 'embedding' ? { ...plan.settings, embedding: true as const } : plan.settings;
    const silent = { stage: () => {}, progress: () => {} };
    const outcome = await runBenchmark({ ...plan, settings }, silent, new AbortController().signal);
    expect(outcome.end).toMatchObject({ status: 'completed' });
    for (const record of outcome.records)
      expect(recordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
    expect(faultsOf([...outcome.records])).toEqual([]);
    const own = workloadRecords.find((records) => records.name === name)?.schemas ?? [];
    const types = new Set<string>(outcome.records.map(({ type }) => type));
    expect(own.some((schema) => types.has(schema.shape.type.value))).toBe(true);
    const { summary } = workloads.find((each) => each.name === name) ?? {};
    if (summary === undefined) return;
    const summarized = summarizeRun(outcome);
    const parts = summary(summarized, outcome.records);
    expect(parts).not.toBeNull();
    for (const table of parts?.tables ?? []) expect(summaryText(summarized, outcome.records)).toContain(table);
  });
});
