/**
 * An OpenAI-compatible server whose timing and misbehaviour are set by the model's name, `ttft=20&gap=5&tokens=8&break=3`, and
 * which knows when it wrote what: GET /written. Runs in a process of its own, started by token-server-process.ts.
 *
 * ttft, gap: milliseconds. tokens: how many, where the request asks for more. chunk: tokens per event. role, comment: events
 * that are no text. reasoning: the first so many tokens are reasoning. usage: what it counts, or no. ids: it tells token ids.
 * chat: it takes messages only. strict: it refuses fields that OpenAI does not have. status: it answers with it. break, error:
 * after so many events the connection is lost, or an error is sent. slots: how many it answers at a time.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

const requestSchema = z.looseObject({
  model: z.string(),
  max_tokens: z.int(),
  seed: z.int().optional(),
  stream: z.boolean().optional(),
  prompt: z.array(z.int()).optional(),
  messages: z.array(z.object({ content: z.string() })).optional(),
  stream_options: z.object({ include_usage: z.boolean() }).optional(),
});
type Asked = z.infer<typeof requestSchema>;

/** Instants of the monotonic clock, nanoseconds: when the request was read, and when each event with text was written. */
interface Written {
  seed: number | null;
  receivedNs: string;
  writtenNs: string[];
}

const written: Written[] = [];
const waiting: Array<() => void> = [];
let answering = 0;

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: String(error) } }));
  });
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', 1024, () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on('disconnect', () => process.exit(0));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url = '' } = request;
  if (url === '/written') return reply(response, written);
  if (url === '/v1/models') return reply(response, { data: [{ id: process.argv[3] ?? 'paper' }] });
  if (!url.endsWith('/completions')) return reply(response, {}, 404);
  const receivedNs = String(process.hrtime.bigint());
  const body = requestSchema.parse(await json(request));
  const script = new URLSearchParams(body.model);
  const refusal = refusalOf(script, url, body);
  if (refusal !== undefined) return reply(response, { error: { message: refusal.message } }, refusal.status);
  const record: Written = { seed: body.seed ?? null, receivedNs, writtenNs: [] };
  written.push(record);
  const slots = Number(script.get('slots') ?? Number.POSITIVE_INFINITY);
  if (answering >= slots) await new Promise<void>((resolve) => waiting.push(resolve));
  answering++;
  response.once('close', () => {
    answering--;
    waiting.shift()?.();
  });
  if (body.stream === true) await stream(response, script, body, url.includes('chat'), record);
  else reply(response, { choices: [{ text: 'a' }], usage: usageOf(script, body, 1) });
}

function refusalOf(script: URLSearchParams, url: string, body: Asked): { status: number; message: string } | undefined {
  const status = script.get('status');
  if (status !== null) return { status: Number(status), message: `as told, ${status}` };
  if (script.has('chat') && !url.includes('chat')) return { status: 404, message: 'chats only' };
  if (script.has('strict') && 'cache_prompt' in body) return { status: 400, message: 'unknown field: cache_prompt' };
  return undefined;
}

function reply(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Events at their instants, however late the ones before them were. */
async function stream(
  response: ServerResponse,
  script: URLSearchParams,
  body: Asked,
  chat: boolean,
  record: Written,
): Promise<void> {
  const number = (name: string, otherwise: number) => Number(script.get(name) ?? otherwise);
  const tokens = Math.min(number('tokens', 8), body.max_tokens);
  const chunk = number('chunk', 1);
  const startMs = performance.now();
  const send = (event: object) => response.write(`data: ${JSON.stringify(event)}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  if (script.has('comment')) response.write(': keep-alive\n\n');
  if (script.has('role')) send({ choices: [{ delta: { role: 'assistant', content: '' }, finish_reason: null }] });
  for (let done = 0; done < tokens && !response.destroyed; done += chunk) {
    const event = done / chunk;
    await until(startMs + number('ttft', 0) + event * number('gap', 0));
    if (event === number('break', -1)) return void response.destroy();
    if (event === number('error', -1)) send({ error: { message: 'as told' } });
    const count = Math.min(chunk, tokens - done);
    const text = Array.from({ length: count }, (_, i) => letter(done + i)).join('');
    const ids = script.has('ids') ? { token_ids: [...text].map((character) => character.charCodeAt(0)) } : {};
    const kind = done < number('reasoning', 0) ? 'reasoning_content' : 'content';
    record.writtenNs.push(String(process.hrtime.bigint()));
    send({ choices: [{ ...(chat ? { delta: { [kind]: text } } : { text }), finish_reason: null, ...ids }] });
  }
  const finish_reason = tokens < body.max_tokens ? 'stop' : 'length';
  send({ choices: [{ ...(chat ? { delta: {} } : { text: '' }), finish_reason }] });
  if (body.stream_options?.include_usage === true && script.get('usage') !== 'no') {
    send({ choices: [], usage: usageOf(script, body, tokens) });
  }
  response.end('data: [DONE]\n\n');
}

function letter(index: number): string {
  return String.fromCharCode(97 + (index % 26));
}

function usageOf(script: URLSearchParams, { prompt, messages }: Asked, tokens: number) {
  return {
    prompt_tokens: prompt?.length ?? messages?.reduce((sum, { content }) => sum + content.length, 0) ?? 0,
    completion_tokens: Number(script.get('usage') ?? tokens),
  };
}

function until(atMs: number): Promise<void> {
  const leftMs = atMs - performance.now();
  return leftMs <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, leftMs));
}
