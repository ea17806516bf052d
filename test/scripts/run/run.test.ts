import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type RunRecord, recordSchema } from '../../../scripts/log/run-log-format.ts';
import { revisionHere } from '../../../scripts/machine/facts/revision.ts';
import { summarizeRun } from '../../../scripts/results/run-summary.ts';
import { type RunOutcome, runBenchmark } from '../../../scripts/run/run.ts';
import type { RunPlan, RunReporter } from '../../../scripts/run/run-plan.ts';
import { kernel } from '../../../scripts/workloads/kernel/workload.ts';
import { planned } from '../../../scripts/workloads/workload.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { absent } from '../../fakes/scripted-framework.ts';
import { scriptedPlan } from '../../fakes/scripted-run.ts';

const quiet: RunReporter = { stage: () => {}, progress: () => {} };

function run(plan: RunPlan, signal = new AbortController().signal, reporter = quiet): Promise<RunOutcome> {
  return runBenchmark(plan, reporter, signal);
}

function logOf(outcome: RunOutcome): RunRecord[] {
  const lines = readFileSync(outcome.logPath, 'utf8').trimEnd().split('\n');
  return lines.map((line) => recordSchema.parse(JSON.parse(line)));
}

describe('a run', () => {
  it('leaves a log in which every line is valid, from the header to the closing line', async () => {
    const outcome = await run(scriptedPlan(outputFolder()));
    const log = logOf(outcome);
    // The closing line has the checksum of what stands before it.
    expect(log).toEqual([...outcome.records.slice(0, -1), { ...outcome.end, crc32: expect.any(Number) }]);
    expect(log.at(0)?.type).toBe('header');
    expect(log.at(-1)).toMatchObject({ type: 'end', status: 'completed' });
    const types = new Set(log.map(({ type }) => type));
    expect([...types].sort()).toEqual(
      [
        'answer',
        'certificate',
        'checkpoint',
        'conditions',
        'effective',
        'end',
        'header',
        'memory',
        'token',
        'warm_up',
        'warning',
      ].sort(),
    );
    expect(outcome.logPath).toMatch(/raw\/scripted\/[^/]+_tiny_f16_seed42_uuid[0-9a-f-]{36}\.txt$/);
  });

  it('samples the machine at either end of what it measures, however short that is', async () => {
    const { records } = await run(scriptedPlan(outputFolder()));
    const ofNote = records.flatMap((record) => {
      if (record.type === 'conditions' && record.busyMsTotal !== undefined)
        return [{ what: 'sample', atNs: record.atNs }];
      if (record.type !== 'answer') return [];
      return [{ what: record.phase, atNs: record.phase === 'measured' ? record.startNs : (record.lastTokenNs ?? 0) }];
    });
    const ordered = ofNote.sort((one, other) => one.atNs - other.atNs).map(({ what }) => what);
    const first = ordered.indexOf('measured');
    expect(ordered[first - 1]).toBe('sample');
    expect(ordered.at(-1)).toBe('sample');
  });

  it('asks the cold question, the warm-up and every measured round, each question once a round', async () => {
    const { records } = await run(scriptedPlan(outputFolder()));
    const answers = records.filter((record) => record.type === 'answer');
    expect(answers.map(({ phase }) => phase)).toEqual(['cold', 'warmup', ...new Array(6).fill('measured')]);
    for (const round of [0, 1]) {
      const asked = answers.filter((answer) => answer.phase === 'measured' && answer.round === round);
      expect(asked.map(({ questionId }) => questionId).sort()).toEqual(['a', 'i', 'q']);
    }
    expect(answers.every(({ correct }) => correct === true)).toBe(true);
  });

  it('recovers the timing that the engine was told to have', async () => {
    const outcome = await run(scriptedPlan(outputFolder(), {}, 'ttft=30&gap=10'));
    const { answers, memory, spansMs, totals } = summarizeRun(outcome);
    // Timers are late on a busy machine, never early by more than a millisecond.
    expect(answers?.ttftMs?.min).toBeGreaterThan(29);
    expect(answers?.tpotMs?.min).toBeGreaterThan(9);
    expect(answers?.tpotMs?.median).toBeLessThan(25);
    expect(answers?.generatedTokens).toBe(6 * 8);
    expect(memory.loadedBytes).toBeGreaterThan(1e6);
    expect(memory.peakBytes).toBeGreaterThanOrEqual(memory.loadedBytes ?? 0);
    expect((memory.baselineBytes ?? 0) + (memory.importGrowthBytes ?? 0) + (memory.modelBytes ?? 0)).toBe(
      memory.loadedBytes,
    );
    expect(memory.averageBytes).toBeGreaterThan(1e6);
    expect(memory.averageBytes).toBeLessThanOrEqual(memory.inferencePeakBytes ?? 0);
    expect(memory.warmBytes).toBeLessThanOrEqual(memory.inferencePeakBytes ?? 0);
    expect(totals).toMatchObject({ iterations: 2, peakTokensPerSecond: null });
    expect(spansMs.engineStart).toBeGreaterThan(0);
    expect(spansMs.modelLoad).not.toBeNull();
    expect(spansMs.tokenizerLoad).toBeNull();
  });

  it('names what the person called it, and the commit of the source that measured', async () => {
    const { header } = await run(scriptedPlan(outputFolder(), { tag: 'before' }));
    expect(header.tag).toBe('before');
    expect(header.revision ?? null).toBe(await revisionHere());
    expect(header.revision ?? '').toMatch(/^([0-9a-f]{40}(\+changes)?)?$/);
    expect((await run(scriptedPlan(outputFolder()))).header).not.toHaveProperty('tag');
  });

  it('keeps what was asked beside what was got', async () => {
    const { records, header } = await run(scriptedPlan(outputFolder()));
    expect(header.requested).toMatchObject({ threads: 1, maxTokens: 16, rounds: 2 });
    expect(records.find((record) => record.type === 'effective')).toMatchObject({
      deviceName: 'paper',
      settings: { threads: 1, inherited: 'yes' },
    });
    expect(records.find((record) => record.type === 'warning' && record.code === 'scripted')).toBeDefined();
  });

  it.each([
    { script: 'load=refuse', message: /the model is broken/ },
    { script: 'die=3', message: /SIGKILL/ },
    { script: 'exit=3', message: /exit code 7/ },
  ])('that fails ($script) says why in its closing line and keeps what was measured', async ({ script, message }) => {
    const outcome = await run(scriptedPlan(outputFolder(), {}, script));
    expect(outcome.end).toMatchObject({ status: 'failed', error: { message: expect.stringMatching(message) } });
    expect(logOf(outcome).at(-1)).toMatchObject(outcome.end);
  });

  it('of a framework that is missing is a log with the reason and the remedy', async () => {
    const outcome = await run(scriptedPlan(outputFolder(), { framework: absent }));
    expect(outcome.end).toMatchObject({
      status: 'missing',
      error: { message: 'Absent is not installed', remedy: 'Install it.' },
    });
  });

  it('that is interrupted keeps the answers so far', async () => {
    const controller = new AbortController();
    const stopAtThird: RunReporter = { stage: () => {}, progress: (done) => done === 3 && controller.abort() };
    const outcome = await run(scriptedPlan(outputFolder()), controller.signal, stopAtThird);
    expect(outcome.end.status).toBe('interrupted');
    const answers = logOf(outcome).filter((record) => record.type === 'answer' && record.phase === 'measured');
    expect(answers).toHaveLength(3);
  });

  it('hides names behind stable hashes when asked to', async () => {
    const output = outputFolder();
    const [first, second] = [
      await run(scriptedPlan(output, { anonymize: true })),
      await run(scriptedPlan(output, { anonymize: true })),
    ];
    expect(first.header.host.hostname).toMatch(/^host-[0-9a-f]{12}$/);
    expect(first.header.host.username).toMatch(/^user-[0-9a-f]{12}$/);
    expect(first.header.host.hostname).toBe(second.header.host.hostname);
    expect(readFileSync(first.logPath, 'utf8')).not.toContain(`"hostname":"${process.env.HOSTNAME ?? '\u0000'}"`);
  });

  it('refuses a kernel workload that the framework does not have', async () => {
    const asked = planned(kernel, { nPrompt: 8, nGen: 8, depth: 0, repetitions: 1 });
    const outcome = await run(scriptedPlan(outputFolder(), { workload: asked }));
    expect(outcome.end.error?.message).toBe('Scripted has no kernel workload');
  });
});
