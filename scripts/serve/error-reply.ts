/** Whatever was thrown, in the one shape that a client gets. Inner faults are told in the terminal, not to the client. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply } from 'fastify';
import { oneLine } from '../command-line/errors.ts';
import { warn } from '../command-line/terminal.ts';
import { EngineFailure } from '../engine/engine-failure.ts';
import { ApiError, badRequest, unavailable } from './api-error.ts';

export function errorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof EngineFailure) return unavailable(`${oneLine(error)}; it is being started again`);
  if (isFastifyError(error) && error.statusCode !== undefined && error.statusCode < 500) {
    const message = error.statusCode === 415 ? 'the body must be sent as application/json' : oneLine(error);
    return new ApiError(error.statusCode, 'invalid_request_error', message, { code: error.code });
  }
  if (codeOf(error) === 'ECONNRESET') return badRequest('the client left before its request was whole');
  warn(`a request failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return new ApiError(500, 'server_error', 'the endpoint failed; its terminal says more');
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
