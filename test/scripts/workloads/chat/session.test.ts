import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type RunOutcome, runBenchmark } from '../../../../scripts/run/run.ts';
import type { RunContext } from '../../../../scripts/run/run-plan.ts';
import { completed, converse } from '../../../../scripts/workloads/chat/conversation.ts';
import {
  answerLine,
  type ChatPlan,
  ChatSession,
  chat,
  statsTable,
} from '../../../../scripts/workloads/chat/workload.ts';
import { planned } from '../../../../scripts/workloads/workload.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { scriptedPlan } from '../../../fakes/scripted-run.ts';

const chatPlan: Omit<ChatPlan, 'talk'> = { system: null, maxTokens: 64, temperature: 0 };

/** The scripted framework answers with its whole prompt backwards, so an answer shows what the model was given. */
function inSession(
  body: (session: ChatSession) => Promise<void>,
  { plan = chatPlan, script = '', pieces = [] as string[] } = {},
): Promise<RunOutcome> {
  const talk = (context: RunContext) => body(new ChatSession(context, plan));
  return runBenchmark(
    scriptedPlan(outputFolder(), { workload: planned(chat, { ...plan, talk }), warmUp: 0 }, script),
    { stage: () => {}, progress: () => {} },
    new AbortController().signal,
    (piece) => pieces.push(piece),
  );
}

describe('a chat session', () => {
  it('gives the model the whole conversation, and forgets it on reset', async () => {
    const texts: string[] = [];
    await inSession(async (session) => {
      for (const question of ['ab', 'cd']) texts.push((await session.say(question)).answer.text);
      session.reset();
      texts.push((await session.say('ef')).answer.text);
    });
    expect(texts).toEqual(['ba', 'dcabba', 'fe']);
  });

  it('begins with the system message, also after a reset', async () => {
    const plan = { ...chatPlan, system: '[s]' };
    await inSession(
      async (session) => {
        expect((await session.say('ab')).answer.text).toBe('ba]s[');
        session.reset();
        expect((await session.say('cd')).answer.text).toBe('dc]s[');
      },
      { plan },
    );
  });

  it('streams pieces, and logs answers and feedback', async () => {
    const pieces: string[] = [];
    const { records, end } = await inSession(
      async (session) => {
        await session.say('xyz');
        session.feedback('bad', 'too short');
      },
      { pieces },
    );
    expect(pieces.join('')).toBe('zyx');
    expect(end.status).toBe('completed');
    expect(records).toContainEqual({ type: 'feedback', answer: 0, rating: 'bad', comment: 'too short' });
    expect(records.filter((record) => record.type === 'answer')).toHaveLength(1);
  });

  it('keeps what was said of an answer that was stopped', async () => {
    await inSession(
      async (session) => {
        const saying = session.say('0123456789');
        setTimeout(() => void session.stopAnswer(), 400);
        const { answer } = await saying;
        expect(answer.stop).toBe('cancelled');
        expect(answer.tokens).toBeLessThan(10);
        expect(answerLine(answer)).toMatch(/tokens, TTFT .*, stopped$/);
      },
      { script: 'gap=100' },
    );
  });
});

describe('a conversation', () => {
  it('answers, obeys its commands, asks for feedback, and ends with its input', async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    const { records, end } = await inSession(async (session) => {
      const conversation = converse(session, { input, output, askFeedback: true });
      for (const line of ['ab', 'y', '', '/stats', '/nope', '/reset', 'cd', 'rather short', 'ef', '/quit']) {
        input.write(`${line}\n`);
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      await conversation;
      expect(session.answers.map(({ text }) => text)).toEqual(['ba', 'dc', 'fecddc']);
      expect(statsTable(session.answers)).toMatch(/All answers together/);
    });
    expect(end.status).toBe('completed');
    expect(records.filter((record) => record.type === 'feedback')).toEqual([
      { type: 'feedback', answer: 0, rating: 'good', comment: '' },
      { type: 'feedback', answer: 1, rating: 'none', comment: 'rather short' },
      { type: 'feedback', answer: 2, rating: 'none', comment: '' },
    ]);
  });

  it('asks nothing after an answer unless it is told to; /good and /bad judge the last one', async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    const { records } = await inSession(async (session) => {
      const conversation = converse(session, { input, output, askFeedback: false });
      for (const line of ['/good', 'ab', 'cd', '/bad too  short', '/GOOD', '/bye', 'never']) {
        input.write(`${line}\n`);
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      await conversation;
      expect(session.answers.map(({ text }) => text)).toEqual(['ba', 'dcabba']);
    });
    expect(records.filter((record) => record.type === 'feedback')).toEqual([
      { type: 'feedback', answer: 1, rating: 'bad', comment: 'too short' },
      { type: 'feedback', answer: 1, rating: 'good', comment: '' },
    ]);
  });

  it('gives a model of single turns each question by itself', async () => {
    const input = new PassThrough();
    await inSession(async (session) => {
      const conversation = converse(session, {
        ...{ input, output: new PassThrough() },
        ...{ askFeedback: false, singleTurn: true },
      });
      for (const line of ['ab', 'cd', '/exit']) {
        input.write(`${line}\n`);
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      await conversation;
      expect(session.answers.map(({ text }) => text)).toEqual(['ba', 'dc']);
    });
  });

  it('completes its commands, and nothing else', () => {
    expect(completed('/st')).toEqual([['/stats'], '/st']);
    expect(completed('/b')).toEqual([['/bad', '/bye'], '/b']);
    expect(completed('/x')[0]).toContain('/help');
    expect(completed('why /b')).toEqual([[], 'why /b']);
  });
});
