/** Tasks answered by the scripted framework, which says the prompt backwards: real processes, real logs. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Progress } from '../../../../scripts/command-line/progress.ts';
import { type RunRecord, recordSchema } from '../../../../scripts/log/run-log-format.ts';
import { modelRequestOf } from '../../../../scripts/models/model-options.ts';
import { type AccuracySweepOptions, answerCells } from '../../../../scripts/workloads/accuracy/accuracy-sweep.ts';
import { accuracyResult, accuracyText } from '../../../../scripts/workloads/accuracy/accuracy-text.ts';
import { prepareTasks } from '../../../../scripts/workloads/accuracy/tasks/registry.ts';
import { type Task, type TaskItem, verdict } from '../../../../scripts/workloads/accuracy/tasks/task.ts';
import type { Trial } from '../../../../scripts/workloads/trials.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { absent, scripted } from '../../../fakes/scripted-framework.ts';
import { scriptedModel, scriptedPlan } from '../../../fakes/scripted-run.ts';

const backwards = (text: string) => [...text].reverse().join('');

/** Right is the prompt backwards, for all but the last item. */
function mirror(name: string, words: readonly string[]): Task {
  return {
    name,
    title: 'words backwards',
    procedural: true,
    chance: null,
    maxTokens: 12,
    maxTurns: 1,
    async items({ count }) {
      const items = words.slice(0, count).map(
        (word, i): TaskItem => ({
          id: word,
          opening: [{ role: 'user', content: word }],
          expected: i === words.length - 1 ? word : backwards(word),
          respond([answer = '']) {
            return verdict(answer === this.expected ? 1 : 0, answer === '' ? null : answer);
          },
        }),
      );
      return { items };
    },
  };
}

/** Asks again until it has heard the whole conversation backwards three times. */
const talk: Task = {
  ...mirror('talk', []),
  maxTurns: 3,
  maxTokens: 200,
  async items() {
    const respond: TaskItem['respond'] = (answers) =>
      answers.length < 3 ? { kind: 'reply', content: `${answers.length}` } : verdict(1, 'enough');
    return { items: [{ id: 'one', opening: [{ role: 'user', content: 'ab' }], expected: 'any', respond }] };
  },
};

const silent: Progress = { update: () => {}, stage: () => {}, end: () => {} };

interface Asked {
  output?: string;
  scripts?: readonly string[];
  options?: Partial<AccuracySweepOptions>;
  signal?: AbortSignal;
  line?: Progress;
  change?: Partial<Trial>;
}

async function answer(tasks: readonly Task[], asked: Asked = {}) {
  const { output = outputFolder(), scripts = [''], signal = new AbortController().signal, line = silent } = asked;
  const { settings } = scriptedPlan(output);
  const request = modelRequestOf({ quantize: 'f16' }, { seed: 42, formats: [] }, {});
  const cells = scripts.map(
    (script): Trial => ({
      framework: scripted,
      quantize: 'f16',
      request,
      model: scriptedModel(script),
      compared: { framework: 'scripted', quantize: 'f16', weightClass: '16-bit', runs: [], problems: [], parity: null },
      ...asked.change,
    }),
  );
  const options: AccuracySweepOptions = {
    ...settings,
    seed: 42,
    output,
    anonymize: false,
    command: ['test'],
    timeoutSeconds: 20,
    temperature: 0,
    items: 10,
    fresh: false,
    ...asked.options,
  };
  const prepared = await prepareTasks(tasks, { seed: 42, count: options.items }, options.maxTokens);
  const session = randomUUID();
  const answered = await answerCells(cells, session, options, prepared, line, signal);
  const notRun = cells.flatMap(({ compared: { framework, quantize, problems } }) =>
    problems.map((problem) => ({ framework, quantize, ...problem })),
  );
  const result = accuracyResult({ session, answered, notRun }, prepared, 0, null);
  return { output, answered, result, logs: logsOf(output) };
}

function logsOf(output: string): RunRecord[][] {
  const folder = join(output, 'raw', 'scripted');
  return readdirSync(folder).map((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .flatMap((line) => (line.endsWith('}') ? recordSchema.parse(JSON.parse(line)) : [])),
  );
}

it('writes every item with its conversation, judged, and a result that agrees', async () => {
  const { logs, result } = await answer([mirror('short', ['abc', 'defg', 'hi'])]);
  const [log = []] = logs;
  expect(log[0]).toMatchObject({ type: 'header', workload: 'accuracy', requested: { tasks: 'short', items: 10 } });
  expect(log.filter(({ type }) => type.startsWith('task'))).toMatchObject([
    { type: 'task', task: 'short', items: 3, maxTokens: 12, maxTurns: 1, temperature: 0, seed: 42 },
    {
      type: 'task_item',
      item: 0,
      id: 'abc',
      messages: [
        { role: 'user', content: 'abc' },
        { role: 'assistant', content: 'cba' },
      ],
      answers: [{ promptTokens: 3, tokens: 3, stop: 'end' }],
      expected: 'cba',
      extracted: 'cba',
      score: 1,
      correct: true,
      reason: 'correct',
    },
    { type: 'task_item', item: 1, correct: true },
    { type: 'task_item', item: 2, id: 'hi', score: 0, correct: false, reason: 'wrong' },
    // Wilson for 2 of 3: (0.6667 + 0.6402 ± 1.2069... ) by the formula, 0.2077 to 0.9385.
    { type: 'task_result', items: 3, correct: 2, score: 2 / 3, ciLow: expect.closeTo(0.2077, 4) },
  ]);
  expect(log.at(-1)).toMatchObject({ type: 'end', status: 'completed' });
  expect(result.rows).toMatchObject([{ task: 'short', correct: 2, items: 3, answers: 3, meanAnswerTokens: 3 }]);
  const text = accuracyText(result);
  expect(text).toContain('2/3');
  expect(text).toContain('3 items, at most 12 tokens an answer, greedy');
});

it('goes on with a conversation over several turns', async () => {
  const { logs } = await answer([talk]);
  const item = logs[0]?.find((record) => record.type === 'task_item');
  // The template of the scripted model is the contents, one behind the other.
  expect(item?.messages.map(({ content }) => content).slice(0, 4)).toEqual(['ab', 'ba', '1', '1abba']);
  expect(item).toMatchObject({ score: 1, answers: [{ promptTokens: 2 }, { promptTokens: 5 }, { promptTokens: 11 }] });
});

it('says that an answer was cut, and that a conversation ran out of context', async () => {
  const tight = { contextTokens: 24 };
  const { result, logs } = await answer([mirror('long', ['abcdefghijklmnop', 'x']), { ...talk, maxTokens: 20 }], {
    options: tight,
  });
  const items = (logs[0] ?? []).filter((record) => record.type === 'task_item');
  // 16 of 24 tokens are prompt: 8 are left, fewer than the limit of 12.
  expect(items[0]).toMatchObject({ score: 0, reason: 'context', answers: [{ tokens: 8, stop: 'length' }] });
  expect(items.at(-1)?.reason).toMatch(/correct|context/);
  expect(result.rows[0]).toMatchObject({ cutAnswers: 1, contextEnded: 1 });
  const cut = await answer([mirror('long', ['abcdefghijklmnop', 'x'])]);
  expect(cut.result.rows[0]).toMatchObject({ cutAnswers: 1, contextEnded: 0 });
  expect(cut.logs[0]?.find((record) => record.type === 'task_item')).toMatchObject({ reason: 'length' });
});

it('gives no score to an item whose prompt fills the context', async () => {
  const { logs } = await answer([mirror('wide', ['a'.repeat(40), 'x'])], { options: { contextTokens: 16 } });
  expect(logs[0]?.find((record) => record.type === 'task_item')).toMatchObject({
    answers: [],
    extracted: null,
    score: 0,
    reason: 'context',
  });
});

it('refuses a limit that leaves no room for a prompt, before anything is started', async () => {
  await expect(answer([mirror('short', ['a'])], { options: { contextTokens: 16, maxTokens: 16 } })).rejects.toThrow(
    'answers of short may have 16 tokens, and the context 16',
  );
});

it('asks again only what is not finished with the same items and settings', async () => {
  const tasks = [mirror('one', ['abc', 'hi']), mirror('two', ['de', 'fg'])];
  const first = await answer(tasks.slice(0, 1));
  const { output } = first;
  const second = await answer(tasks, { output });
  expect(second.result.rows.map(({ task, reused }) => [task, reused])).toEqual([
    ['one', true],
    ['two', false],
  ]);
  expect(second.logs).toHaveLength(2);
  // Nothing is left to do: no third log.
  expect((await answer(tasks, { output })).logs).toHaveLength(2);
  expect((await answer(tasks, { output, options: { threads: 2 } })).logs).toHaveLength(2);
  // Another limit, other items, another setting of the engine, or --fresh.
  expect((await answer(tasks, { output, options: { maxTokens: 5 } })).result.rows[0]?.reused).toBe(false);
  expect((await answer([mirror('one', ['abc', 'ho'])], { output })).result.rows[0]?.reused).toBe(false);
  expect((await answer(tasks, { output, options: { kvType: 'f32' } })).result.rows[0]?.reused).toBe(false);
  expect((await answer(tasks, { output, options: { fresh: true } })).result.rows[0]?.reused).toBe(false);
});

it('counts what a killed run had finished, and not the task that it was in', async () => {
  const tasks = [mirror('one', ['abc', 'hi']), mirror('two', ['de', 'fg'])];
  const { output } = await answer(tasks);
  const [name = ''] = readdirSync(join(output, 'raw', 'scripted'));
  const path = join(output, 'raw', 'scripted', name);
  const lines = readFileSync(path, 'utf8').split('\n');
  const inSecond = lines.findIndex((line) => line.includes('"task_item","task":"two","item":1'));
  writeFileSync(path, `${lines.slice(0, inSecond).join('\n')}\n{"type":"task_it`);
  const { result } = await answer(tasks, { output });
  expect(result.rows.map(({ task, reused }) => [task, reused])).toEqual([
    ['one', true],
    ['two', false],
  ]);
});

it('makes a failing cell a row with its reason, and goes on with the next', async () => {
  const { result } = await answer([mirror('short', ['abcdef', 'ghi'])], { scripts: ['exit=3', ''] });
  expect(result.notRun).toMatchObject([{ status: 'failed', reason: expect.stringContaining('ended') }]);
  expect(result.rows).toHaveLength(1);
  const gone = await answer([mirror('short', ['abc'])], { change: { framework: absent } }).catch(String);
  expect(gone).toContain('ENOENT');
});

it('ends in order on Ctrl-C: finished tasks stay, the log says interrupted', async () => {
  const controller = new AbortController();
  const line: Progress = { ...silent, update: (done) => done === 3 && controller.abort() };
  const tasks = [mirror('one', ['abc', 'hi']), mirror('two', ['de', 'fg', 'hi'])];
  const { result, logs } = await answer(tasks, { signal: controller.signal, line, scripts: ['', ''] });
  expect(result.rows.map(({ task }) => task)).toEqual(['one']);
  expect(logs).toHaveLength(1);
  expect(logs[0]?.at(-1)).toMatchObject({ type: 'end', status: 'interrupted' });
});
