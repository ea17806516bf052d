import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agreements } from '../../../../scripts/compare/replay/agreement.ts';
import {
  differencesAfter,
  differencesBefore,
  outputAgreement,
} from '../../../../scripts/compare/replay/differences.ts';
import { readRecordedRun, sisterLogs } from '../../../../scripts/compare/replay/recorded-run.ts';
import { recordedModel, recordedQuestions, recordedSettings } from '../../../../scripts/compare/replay/replay-plan.ts';
import { recordedOption, recordedOptions, wasGiven } from '../../../../scripts/log/recorded-options.ts';
import type { Header, RunRecord } from '../../../../scripts/log/run-log-format.ts';
import { loadRegistry } from '../../../../scripts/models/registry.ts';
import { syntheticName } from '../../../../scripts/models/synthetic/synthesize.ts';
import { seededRandom } from '../../../../scripts/statistics/seeded-random.ts';
import { defaultQuestionsFile, readQuestions } from '../../../../scripts/workloads/questions/questions.ts';
import { type LogShape, linesOf, logRecords } from '../../../collate/log-factory.ts';
import { header } from '../../../collate/run-records.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';

const requested = {
  threads: 2,
  device: 'auto',
  gpuLayers: 'auto',
  contextTokens: 512,
  batchTokens: 64,
  flashAttention: 'auto',
  kvType: 'auto',
  warmUp: 'auto',
  maxTokens: 64,
  temperature: 0,
  rounds: 2,
  firstRound: 3,
  ignoreEndOfSequence: false,
};

function headerWith(change: Partial<Header> = {}): Header {
  return header(1, 'llamacpp', { requested, ...change });
}

function logFile(shape: LogShape, change: (text: string) => string = (text) => text, name = 'log.txt'): string {
  const path = join(outputFolder(), name);
  writeFileSync(path, change(linesOf(logRecords(shape))));
  return path;
}

describe('a recorded run', () => {
  it('is read whole, and doubts nothing', () => {
    const recorded = readRecordedRun(logFile({}));
    expect(recorded.records).toHaveLength(logRecords().length);
    expect(recorded.doubts).toEqual([]);
  });

  it('that was cut off in the middle of a line is read as far as it goes, and says so', () => {
    const recorded = readRecordedRun(logFile({}, (text) => text.slice(0, text.length - 400)));
    expect(recorded.doubts).toEqual([
      '1 of its lines could not be read and were left out',
      'it has no closing line: the run was killed, and what it measured is not complete',
    ]);
    expect(recorded.records.length).toBeGreaterThan(5);
  });

  it('that failed says why', () => {
    const end = { status: 'failed' as const, error: { message: 'out of memory' } };
    expect(readRecordedRun(logFile({ end })).doubts).toEqual(['it failed: out of memory']);
  });

  it.each([
    { what: 'a file of something else', text: 'PK\u0003\u0004' },
    { what: 'a log without its header', text: '{"type":"end"}\n' },
    { what: 'an empty file', text: '' },
  ])('$what cannot be replayed, in one line', ({ text }) => {
    expect(() => readRecordedRun(logFile({}, () => text))).toThrow(/cannot be replayed: its first line is no header/);
  });
});

describe('the recorded settings', () => {
  it('are those of the header; what later versions brought has its default', () => {
    expect(recordedSettings(headerWith())).toMatchObject({
      engine: { threads: 2, contextTokens: 512, precision: 'auto', compile: false, deviceCount: 1, shard: 'layers' },
      warmUp: 'auto',
      workload: { kind: 'qa', maxTokens: 64, rounds: 2, firstRound: 3 },
    });
  });

  it.each([
    { workload: 'chat' as const, remedy: /A person was part of it/ },
    { workload: 'parity' as const, remedy: /scripts\/parity\.ts/ },
  ])('of a $workload run are refused with the next step', ({ workload, remedy }) => {
    const settings = () => recordedSettings(headerWith({ workload }));
    expect(settings).toThrow(`a run of the workload "${workload}" cannot be replayed`);
    expect(settings).toThrow(expect.objectContaining({ remedy: expect.stringMatching(remedy) }));
  });

  it('that are missing are named', () => {
    expect(() => recordedSettings(headerWith({ requested: { threads: 2 } }))).toThrow(/lacks a setting: contextTokens/);
  });
});

describe('what stands only on the recorded command line', () => {
  const command = [
    'tsx',
    'x.ts',
    '--model',
    'a.gguf',
    '--browser-arg=--use-angle=vulkan',
    '--browser-arg=--b',
    '--headed',
  ];

  it('is found in either spelling', () => {
    expect(recordedOption(command, 'model')).toBe('a.gguf');
    expect(recordedOptions(command, 'browser-arg')).toEqual(['--use-angle=vulkan', '--b']);
    expect([wasGiven(command, 'headed'), wasGiven(command, 'head')]).toEqual([true, false]);
  });
});

describe('the recorded model', () => {
  const embedded = { ...headerWith().model, name: 'Tokenlap tiny chat' };

  it('is named by its id in the registry', () => {
    expect(recordedModel(headerWith({ model: embedded }))).toMatchObject({ model: 'tiny-chat', quantize: 'default' });
  });

  it('of random weights is made again', () => {
    const [shape] = loadRegistry().models;
    if (shape === undefined) throw new Error('the registry has models');
    const model = { ...embedded, name: syntheticName(shape), source: 'synthetic' as const, synthetic: true };
    expect(recordedModel(headerWith({ model }))).toMatchObject({ model: 'tiny-chat', synthetic: true });
  });

  it('that was a file is where it was, or where the person says', () => {
    const file = logFile({}, () => 'weights', 'mine.gguf');
    const model = { ...embedded, name: 'Mine', source: 'path' as const, file: 'mine.gguf' };
    expect(recordedModel(headerWith({ model, command: ['x.ts', '--model', file] })).model).toBe(file);
    expect(recordedModel(headerWith({ model }), '/elsewhere.gguf').model).toBe('/elsewhere.gguf');
    const gone = () => recordedModel(headerWith({ model, command: ['x.ts', '--model', '/gone/mine.gguf'] }));
    expect(gone).toThrow('the model of this run is not found: /gone/mine.gguf is not there');
  });
});

describe('the recorded questions', () => {
  it('are the predefined ones when their hash is, and are refused when no file has it', async () => {
    const { set, file } = await recordedQuestions(
      headerWith({
        questions: { file: 'questions.json', sha256: (await readQuestions(defaultQuestionsFile)).sha256, count: 26 },
      }),
    );
    expect(file).toBeUndefined();
    expect(set.questions.length).toBeGreaterThan(5);
    const other = headerWith({ questions: { file: 'mine.json', sha256: 'f'.repeat(64), count: 3 } });
    await expect(recordedQuestions(other)).rejects.toThrow('no question file here is the recorded mine.json');
  });
});

describe('differences', () => {
  const here = (change: Partial<Header> = {}, frameworkVersion: string | null = '1.0') => {
    const { model, tokenlap, host } = headerWith(change);
    return differencesBefore(headerWith(), { model, tokenlap, host, frameworkVersion });
  };

  it('are none on the same host with the same file and engine', () => {
    expect(here()).toEqual([]);
    expect(here({}, null)).toEqual([]);
  });

  it('name the model file, the engine, the host and Tokenlap in plain words', () => {
    const { model, host } = headerWith();
    const found = here(
      { model: { ...model, sha256: 'f'.repeat(64) }, host: { ...host, physicalCores: 8 }, tokenlap: '9' },
      '2.0',
    );
    expect(found).toEqual([
      { what: 'model file (sha256)', recorded: 'abababababababab…', here: 'ffffffffffffffff…' },
      { what: 'engine', recorded: '1.0', here: '2.0' },
      { what: 'Tokenlap', recorded: '0.1.0', here: '9' },
      { what: 'physical cores', recorded: '2', here: '8' },
    ]);
  });

  it('of prompt ids and of what the engine made of the request are seen afterwards', () => {
    const recorded = logRecords();
    const other = logRecords({
      effective: { device: 'cuda', build: { backend: 'other' } },
      answers: [{ phase: 'cold' }, { answer: { promptTokensSha256: 'ef'.repeat(32) } }, {}],
    });
    expect(differencesAfter(recorded, recorded)).toEqual([]);
    expect(differencesAfter(recorded, other).map(({ what }) => what)).toEqual([
      'device',
      'backend',
      'prompt ids of 1 of 3 questions, the first "q1"',
    ]);
  });
});

/** Runs of 20 answers of nine tokens, with gaps of about 10 ms that vary by 3 % from answer to answer. */
function aRun(number: number, slower = 1, answers = 20): RunRecord[] {
  const random = seededRandom(number);
  return logRecords({
    number,
    header: { requested },
    answers: Array.from({ length: answers }, () => {
      const gapMs = 10 * slower * (1 + 0.06 * (random() - 0.5));
      return { ttftMs: 50 * slower * (1 + 0.06 * (random() - 0.5)), gapsMs: new Array<number>(8).fill(gapMs) };
    }),
  });
}

describe('agreement', () => {
  const decodeOf = (figures: ReturnType<typeof agreements>) => figures.find(({ figure }) => figure === 'decode');

  it('is found between two runs of one truth', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const figures = agreements(aRun(seed), aRun(seed + 100), [], 0.02);
      expect(figures.map(({ figure }) => figure)).toEqual(['decode', 'median TTFT', 'prefill', 'median end to end']);
      expect(figures.every(({ agrees }) => agrees)).toBe(true);
    }
  });

  it('is denied where the truth differs by 10 %, with its ratio', () => {
    const decode = decodeOf(agreements(aRun(1), aRun(2, 1.1), [], 0.02));
    expect(decode).toMatchObject({ agrees: false, basis: { kind: 'answers', count: 20 } });
    expect(decode?.ratio).toBeCloseTo(1 / 1.1, 1);
    expect(decodeOf(agreements(aRun(1), aRun(2, 1.1), [], 0.15))?.agrees).toBe(true);
  });

  it('knows how runs differ from the recorded run and its sisters', () => {
    const sisters = [1, 0.9, 1.1, 1.05].map((slower, i) => aRun(i + 1, slower));
    const decode = decodeOf(agreements(aRun(1), aRun(9, 1.12), sisters, 0.02));
    expect(decode).toMatchObject({ agrees: true, basis: { kind: 'runs', count: 4 } });
    const far = decodeOf(agreements(aRun(1), aRun(9, 1.6), sisters, 0.02));
    expect(far?.agrees).toBe(false);
    // Rates 10, 11.1, 9.1, 9.5 x 10 tokens/s: mean 99.2, s 8.7, t(3) 3.182, root of 1.25: +- 31.
    expect((decode?.interval?.high ?? 0) - (decode?.ratio ?? 0)).toBeCloseTo(0.31, 1);
  });

  it('compares only answers that both runs gave', () => {
    expect(decodeOf(agreements(aRun(1, 1, 5), aRun(2), [], 0.02))?.basis).toEqual({ kind: 'answers', count: 5 });
    expect(agreements(aRun(1, 1, 0), aRun(2), [], 0.02)).toEqual([]);
  });

  it('covers kernel runs by their repetitions', () => {
    const kernels = (rate: number): RunRecord[] =>
      [0, 1, 2, 3, 4].map((repetition) => ({
        type: 'kernel',
        test: 'tg',
        repetition,
        phase: 'measured',
        tokens: 128,
        depth: 0,
        startNs: 0,
        durationNs: (128 / (rate + repetition)) * 1e9,
      }));
    expect(agreements(kernels(100), kernels(101), [], 0.02)).toMatchObject([
      { figure: 'tg', recorded: 102, agrees: true, basis: { kind: 'repetitions', count: 5 } },
    ]);
    expect(agreements(kernels(100), kernels(130), [], 0.02)[0]?.agrees).toBe(false);
  });

  it('of outputs is token by token, and the first difference has its place', () => {
    expect(outputAgreement(aRun(1), aRun(2))).toEqual({ compared: 20, identical: 20, first: null });
    const other = aRun(2).map((record) =>
      record.type === 'token' && record.answer === 3 && record.step === 5 ? { ...record, id: 7 } : record,
    );
    expect(outputAgreement(aRun(1), other)).toEqual({
      compared: 20,
      identical: 19,
      first: { questionId: 'q3', round: 0, position: 5 },
    });
  });
});

describe('sister logs', () => {
  it('are completed runs of the same request in the same folder; other orders of the questions are no difference', () => {
    const folder = outputFolder();
    const write = (number: number, shape: LogShape) => {
      const records = logRecords({ number, ...shape });
      const path = join(folder, `host_tiny_f16_seed42_uuid${number}.txt`);
      writeFileSync(path, linesOf(records));
      return path;
    };
    const path = write(1, { header: { requested } });
    write(2, { header: { requested: { ...requested, firstRound: 8 } } });
    write(3, { header: { requested: { ...requested, threads: 1 } } });
    write(4, { header: { requested }, end: null });
    writeFileSync(join(folder, 'host_tiny_f16_seed42_uuid5.txt'), 'not a log');
    expect(sisterLogs(readRecordedRun(path))).toHaveLength(2);
  });
});
