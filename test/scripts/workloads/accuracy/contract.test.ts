/** What every task owes, held against all of the registry and a file of pairs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonlTask } from '../../../../scripts/workloads/accuracy/tasks/jsonl.ts';
import { prepareTasks, taskNamed, tasks } from '../../../../scripts/workloads/accuracy/tasks/registry.ts';
import type { Task, TaskItem, Verdict } from '../../../../scripts/workloads/accuracy/tasks/task.ts';
import { defaultQuestionsFile } from '../../../../scripts/workloads/questions/questions.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';

const all = tasks(defaultQuestionsFile);
const hardest = all.flatMap(({ levels }) => (levels === undefined ? [] : [levels.at(levels.count)]));

function pairs(): Task {
  const path = join(outputFolder(), 'pairs.jsonl');
  const lines = Array.from({ length: 30 }, (_, i) => JSON.stringify({ question: `What is ${i} + 1?`, answer: i + 1 }));
  writeFileSync(path, lines.join('\n'));
  return jsonlTask(path);
}

/** Plays an item with one and the same answer, as long as the environment asks for more. */
function play(item: TaskItem, answer: string, maxTurns: number): { verdict: Verdict | null; turns: number } {
  const answers: string[] = [];
  while (answers.length < maxTurns) {
    answers.push(answer);
    const response = item.respond(answers);
    if (response.kind === 'verdict') return { verdict: response, turns: answers.length };
    expect(response.content).not.toBe('');
  }
  return { verdict: null, turns: answers.length };
}

const itemsOf = async (task: Task, seed = 1, count = 25) => (await task.items({ seed, count })).items;
const facts = (items: readonly TaskItem[]) => items.map(({ id, opening, expected }) => ({ id, opening, expected }));

describe.each(
  [...all, ...hardest].map((task) => [task.name, () => task] as const).concat([['a file of pairs', pairs]]),
)('%s', (_, make) => {
  it('gives a perfect answer a score of 1, at once', async () => {
    const task = make();
    for (const item of await itemsOf(task)) {
      expect(play(item, item.expected, task.maxTurns)).toMatchObject({
        verdict: { score: 1, reason: 'correct' },
        turns: 1,
      });
    }
  });

  it('gives silence and a foreign text less, within its turns', async () => {
    const task = make();
    for (const item of await itemsOf(task)) {
      const mute = play(item, '', task.maxTurns).verdict;
      expect(mute).toMatchObject({ score: 0, extracted: null });
      const foreign = play(item, 'Ω≈ç√∫', task.maxTurns).verdict;
      expect(foreign?.score).toBeLessThan(1);
      expect(foreign?.reason).not.toBe('correct');
    }
  });

  it('makes the same items of the same seed, and no more than asked for', async () => {
    const task = make();
    expect(facts(await itemsOf(task))).toEqual(facts(await itemsOf(task)));
    expect(await itemsOf(task, 1, 7)).toHaveLength(7);
    const ids = (await itemsOf(task, 1, 400)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(task.procedural ? ids.length : 400).toBe(400);
  });

  it('makes other items, or another order, of another seed', async () => {
    const task = make();
    expect(facts(await itemsOf(task, 2))).not.toEqual(facts(await itemsOf(task)));
  });

  it('judges the same answers alike, however often', async () => {
    const [item] = await itemsOf(make());
    expect(item?.respond(['42'])).toEqual(item?.respond(['42']));
  });
});

describe('the registry', () => {
  it('finds tasks by name and level, and says what there is otherwise', () => {
    expect(taskNamed('arithmetic', all).name).toBe('arithmetic');
    expect(taskNamed('arithmetic:3', all).name).toBe('arithmetic:3');
    expect(() => taskNamed('sudoku', all)).toThrow('there is no task "sudoku"');
    expect(() => taskNamed('arithmetic:5', all)).toThrow('has no level "5"');
    expect(() => taskNamed('arithmetic:x', all)).toThrow('has no level "x"');
    expect(() => taskNamed('word-game:2', all)).toThrow('has no levels');
  });

  it('refuses a task that was named twice', async () => {
    const [first] = all;
    const twice = first === undefined ? [] : [first, first];
    await expect(prepareTasks(twice, { seed: 1, count: 1 }, undefined)).rejects.toThrow('named twice');
  });
});
