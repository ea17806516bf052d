/**
 * What a client gets in place of an answer: a status and the body that OpenAI's clients read. Internal faults go to the
 * terminal, not to the client.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply } from 'fastify';
import { oneLine } from '../command-line/errors.ts';
import { warn } from '../command-line/terminal.ts';
import { EngineFailure } from '../engine/engine-failure.ts';
import { RequestRefused } from '../engine/pool/slots.ts';

type ErrorType = 'invalid_request_error' | 'authentication_error' | 'rate_limit_error' | 'server_error';

export interface ErrorBody {
  error: { message: string; type: ErrorType; param: string | null; code: string | null };
}

export class ApiError extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  /** What the `Retry-After` header says, where trying again makes sense. Seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: number,
    type: ErrorType,
    message: string,
    more: { code?: string; param?: string; retryAfterSeconds?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.body = { error: { message, type, param: more.param ?? null, code: more.code ?? null } };
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/** 400: the request itself is at fault. @param param the field, as a path */
export function badRequest(message: string, param?: string, code?: string): ApiError {
  return new ApiError(400, 'invalid_request_error', message, {
    ...(param === undefined ? {} : { param }),
    ...(code === undefined ? {} : { code }),
  });
}

/** 503: nobody can answer now. @param reason one line */
function unavailable(reason: string): ApiError {
  return new ApiError(503, 'server_error', reason, { code: 'engine_unavailable', retryAfterSeconds: 2 });
}

export function modelNotFound(asked: string, served: string): ApiError {
  const shown = asked.length > 100 ? `${asked.slice(0, 100)}...` : asked;
  return new ApiError(404, 'invalid_request_error', `the model "${shown}" does not exist here; "${served}" does`, {
    code: 'model_not_found',
    param: 'model',
  });
}

export function errorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof RequestRefused) return refusal(error);
  if (error instanceof EngineFailure) return unavailable(`${oneLine(error)}; it is being started again`);
  if (isFastifyError(error) && error.statusCode !== undefined && error.statusCode < 500) {
    const message = error.statusCode === 415 ? 'the body must be sent as application/json' : oneLine(error);
    return new ApiError(error.statusCode, 'invalid_request_error', message, { code: error.code });
  }
  if (codeOf(error) === 'ECONNRESET') return badRequest('the client left before its request was whole');
  warn(`a request failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return new ApiError(500, 'server_error', 'the endpoint failed; its terminal says more');
}

function refusal({ reason, message }: RequestRefused): ApiError {
  if (reason === 'unavailable') return unavailable(message);
  return new ApiError(429, 'rate_limit_error', message, { code: 'queue_full', retryAfterSeconds: 1 });
}

export function sendError(error: unknown, reply: FastifyReply): void {
  const { status, body, retryAfterSeconds } = errorOf(error);
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  reply.code(status).send(body);
}

/** What came is no HTTP, or took too long: there is no request yet to reply to. */
export function endSocket(error: Error, socket: Socket): void {
  const code = codeOf(error);
  const status = clientErrors[code] ?? 400;
  if (socket.writable && code !== 'ECONNRESET') {
    const { body } = new ApiError(status, 'invalid_request_error', `${STATUS_CODES[status]}: ${oneLine(error)}`);
    const text = JSON.stringify(body);
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
  }
  socket.destroy();
}

const clientErrors: Record<string, number> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

function isFastifyError(error: unknown): error is FastifyError {
  return codeOf(error).startsWith('FST_');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
