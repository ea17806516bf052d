/** What a client is told when it gets no answer: a status and the body that OpenAI's clients read. */

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

export function queueFull(limit: number): ApiError {
  return new ApiError(429, 'rate_limit_error', `${limit} requests are waiting already; try again later`, {
    code: 'queue_full',
    retryAfterSeconds: 1,
  });
}

/** 503: nobody can answer now. @param reason one line */
export function unavailable(reason: string): ApiError {
  return new ApiError(503, 'server_error', reason, { code: 'engine_unavailable', retryAfterSeconds: 2 });
}

export function modelNotFound(asked: string, served: string): ApiError {
  const shown = asked.length > 100 ? `${asked.slice(0, 100)}...` : asked;
  return new ApiError(404, 'invalid_request_error', `the model "${shown}" does not exist here; "${served}" does`, {
    code: 'model_not_found',
    param: 'model',
  });
}
