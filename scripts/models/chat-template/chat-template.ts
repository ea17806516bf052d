/**
 * From a conversation to the exact text a model was trained on, by the template in its own file. A template is a program that
 * somebody else wrote: it runs in a thread of its own, with limits of time and memory.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { oneLine, UserError } from '../../command-line/errors.ts';
import { templateLimits } from '../../command-line/files/input-limits.ts';
import { startThread } from '../../command-line/typescript-thread.ts';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface TemplateFacts {
  /** Jinja source of `tokenizer.chat_template`; null where the file has none. */
  chatTemplate: string | null;
  /** Text of the special tokens that templates mention; null where the file has none. */
  bosToken: string | null;
  eosToken: string | null;
  /** The tokenizer puts the BOS token before a prompt. */
  addBosToken: boolean;
}

/** What a template needs of the facts about a model. */
export function templateFacts({ chatTemplate, bosToken, eosToken, addBosToken }: TemplateFacts): TemplateFacts {
  return { chatTemplate, bosToken, eosToken, addBosToken };
}

/** What the thread of a template says: `ready` once, then an answer to each conversation. */
export type Rendered = { text: string; durationNs: number } | { failed: 'cannot be read' | 'failed'; why: string };
export type TemplateMessage = 'ready' | Rendered;

/**
 * Renders a conversation up to the point where the assistant speaks. The BOS token is put in front where it belongs.
 * @returns `durationNs`: of the rendering alone, without the way to its thread and back
 * @throws UserError when the template cannot be read, fails, or takes more time or memory than a template may
 */
export type ChatTemplate = (messages: readonly ChatMessage[]) => Promise<{ text: string; durationNs: number }>;

/** Models without a template (GPT-2 and other base models) get plain questions and answers. */
export function chatTemplateOf(model: TemplateFacts): ChatTemplate {
  const { chatTemplate } = model;
  if (chatTemplate === null) return async (messages) => plain(model, messages);
  const { sourceLength } = templateLimits;
  if (chatTemplate.length > sourceLength) {
    throw refused(`has ${chatTemplate.length} characters, and up to ${sourceLength} are read`);
  }
  const facts = templateFacts(model);
  const key = JSON.stringify(facts);
  if (latest?.key !== key) latest = { key, template: inThread(facts) };
  return latest.template;
}

/** Runs that follow one another ask for the same template, and its thread takes longer to start than an answer may take. */
let latest: { key: string; template: ChatTemplate } | undefined;

function inThread(facts: TemplateFacts): ChatTemplate {
  const thread = new TemplateThread(facts);
  let last: Promise<unknown> = Promise.resolve();
  return (messages) => {
    const rendered = last.then(() => thread.render(messages));
    last = rendered.catch(() => {});
    return rendered;
  };
}

function plain(model: TemplateFacts, messages: readonly ChatMessage[]): { text: string; durationNs: number } {
  const before = process.hrtime.bigint();
  const text = beginningWithBos(model, plainText(messages));
  return { text, durationNs: Number(process.hrtime.bigint() - before) };
}

function plainText(messages: readonly ChatMessage[]): string {
  const names = { system: '', user: 'Question: ', assistant: 'Answer: ' };
  return `${messages.map(({ role, content }) => `${names[role]}${content}\n`).join('')}Answer:`;
}

/** Renders one conversation at a time. A thread that exceeded a limit is ended, and a new one is started for the next conversation. */
class TemplateThread {
  readonly #facts: TemplateFacts;
  #worker: Promise<Worker>;

  constructor(facts: TemplateFacts) {
    this.#facts = facts;
    this.#worker = this.#start();
  }

  async render(messages: readonly ChatMessage[]): Promise<{ text: string; durationNs: number }> {
    const worker = await this.#worker.catch((cause: unknown) => {
      throw new Error(`the thread of the chat template did not start: ${oneLine(cause)}`, { cause });
    });
    // It keeps the process alive while it works, not while it waits.
    worker.ref();
    const limit = new AbortController();
    let answer: TemplateMessage;
    try {
      answer = await Promise.race([
        new Promise<TemplateMessage>((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', (error) => reject(refused(endOf(error))));
          worker.once('exit', () => reject(refused('ended its thread')));
          worker.postMessage(messages);
        }),
        tooLong(limit.signal),
      ]);
    } catch (error) {
      void worker.terminate();
      this.#worker = this.#start();
      throw error;
    } finally {
      limit.abort();
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
      // Errors while it is being terminated.
      worker.on('error', () => {});
      worker.unref();
    }
    if (answer !== 'ready' && 'text' in answer) return answer;
    throw refused(answer === 'ready' ? 'began anew' : `${answer.failed}: ${answer.why}`);
  }

  /** Starts a thread that is ready for a conversation. */
  #start(): Promise<Worker> {
    const worker = startThread(import.meta.resolve('./thread.ts'), {
      workerData: { facts: this.#facts, longestText: templateLimits.textLength },
      resourceLimits: { maxOldGenerationSizeMb: templateLimits.memoryMebibytes },
    });
    const started = new Promise<Worker>((resolve, reject) => {
      worker.once('message', () => {
        worker.unref();
        resolve(worker);
      });
      worker.once('error', reject);
    });
    // Reported to the caller of `render`.
    started.catch(() => {});
    return started;
  }
}

async function tooLong(signal: AbortSignal): Promise<never> {
  const { renderMs } = templateLimits;
  await delay(renderMs, undefined, { signal });
  throw refused(`takes longer than ${renderMs / 1000} s`);
}

function endOf(error: unknown): string {
  const isMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isMemory ? `needs more than ${templateLimits.memoryMebibytes} MiB of memory` : `failed: ${oneLine(error)}`;
}

function refused(what: string): UserError {
  return new UserError(`the model's chat template ${what}`, {
    remedy: 'Look at it with `npx tsx scripts/models.ts inspect PATH`, and take another file of the model.',
  });
}

/** The text with the BOS token in front, where the model's tokenizer puts one and the text has none yet. */
export function beginningWithBos(
  { addBosToken, bosToken }: Pick<TemplateFacts, 'addBosToken' | 'bosToken'>,
  text: string,
): string {
  return !addBosToken || bosToken === null || text.startsWith(bosToken) ? text : bosToken + text;
}
