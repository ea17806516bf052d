/**
 * Stands between a client and the endpoint, hands everything on, and writes down when it did: what the client sent, and
 * when each piece of the answer left. Its instants lie between those of the client and those of the engine.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/** One request to a path of completions. Instants are milliseconds since 1970. */
export interface Exchange {
  body: Record<string, unknown>;
  /** Its headers and its whole body have arrived. */
  arrivedMs: number;
  /** What was in each event of a stream, and when it was handed on; none where the answer was no stream. */
  events: readonly StreamEvent[];
}

interface StreamEvent {
  atMs: number;
  chunk: Chunk;
}

const usageSchema = z.object({ prompt_tokens: z.number(), completion_tokens: z.number() });
const chunkSchema = z.object({
  id: z.string(),
  choices: z.array(
    z.object({
      text: z.string().optional(),
      delta: z.object({ content: z.string().optional() }).optional(),
      finish_reason: z.string().nullable(),
    }),
  ),
  usage: usageSchema.nullish(),
  timings: z.object({ queue_ms: z.number(), ttft_ms: z.number(), tpot_ms: z.number() }).optional(),
});
type Chunk = z.infer<typeof chunkSchema>;

export interface Witness extends AsyncDisposable {
  /** Where clients find the endpoint: 'http://127.0.0.1:40123'. */
  readonly origin: string;
  /** What was asked since the last call, in the order of the answers. */
  taken(): Exchange[];
}

const now = () => performance.timeOrigin + performance.now();

/** @param origin of the endpoint, without a path */
export async function witnessOf(origin: string): Promise<Witness> {
  let exchanges: Exchange[] = [];
  const server = createServer((asked, answered) => {
    void handOn(origin, asked, answered).then((exchange) => {
      if (exchange !== undefined) exchanges.push(exchange);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    taken: () => exchanges.splice(0),
    async [Symbol.asyncDispose]() {
      exchanges = [];
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function handOn(origin: string, asked: IncomingMessage, answered: ServerResponse): Promise<Exchange | undefined> {
  const sent = await bytesOf(asked);
  const arrivedMs = now();
  const { host: _, ...headers } = asked.headers;
  const onward = request(new URL(asked.url ?? '/', origin), { method: asked.method, headers });
  onward.end(sent);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  answered.writeHead(answer.statusCode ?? 500, answer.headers);
  const isStream = answer.headers['content-type']?.startsWith('text/event-stream') === true;
  const events: StreamEvent[] = [];
  let text = '';
  for await (const piece of answer.setEncoding('utf8') as AsyncIterable<string>) {
    if (isStream) {
      const atMs = now();
      text += piece;
      const whole = text.split('\n\n');
      text = whole.pop() ?? '';
      events.push(...whole.flatMap(chunksOf).map((chunk) => ({ atMs, chunk })));
    }
    answered.write(piece);
  }
  answered.end();
  if (asked.method !== 'POST' || asked.url?.includes('/completions') !== true) return undefined;
  const body = z.record(z.string(), z.unknown()).parse(JSON.parse(sent.toString('utf8')));
  return { body, arrivedMs, events };
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function chunksOf(event: string): Chunk[] {
  const data = /^data: ?(.*)$/m.exec(event)?.[1];
  return data === undefined || data === '[DONE]' ? [] : [chunkSchema.parse(JSON.parse(data))];
}

/** A streamed answer as the figures of other tools see it, and beside it what the endpoint itself measured. */
export interface StreamedAnswer {
  /** The name that the endpoint gave it. */
  id: string;
  arrivedMs: number;
  /** When each piece of text was handed on; pieces that came together share an instant. */
  piecesMs: readonly number[];
  promptTokens: number;
  tokens: number;
  /** From the arrival of the request at the endpoint to the first token in the engine. */
  ttftMs: number;
  /** Of the tokens after the first, in the engine. */
  tpotMs: number;
}

/** @throws Error for an answer that did not come whole, with its counts and its times */
export function streamedAnswer({ arrivedMs, events }: Exchange): StreamedAnswer {
  const chunks = events.map(({ chunk }) => chunk);
  const usage = chunks.findLast((chunk) => chunk.usage != null)?.usage;
  const timings = chunks.findLast((chunk) => chunk.timings !== undefined)?.timings;
  const [first] = chunks;
  if (usage == null || timings === undefined || first === undefined) throw new Error('the answer is not whole');
  const texts = events.filter(({ chunk: { choices } }) =>
    choices.some(({ text, delta }) => (text ?? delta?.content ?? '') !== ''),
  );
  return {
    id: first.id,
    arrivedMs,
    piecesMs: texts.map(({ atMs }) => atMs),
    promptTokens: usage.prompt_tokens,
    tokens: usage.completion_tokens,
    ttftMs: timings.ttft_ms,
    tpotMs: timings.tpot_ms,
  };
}
