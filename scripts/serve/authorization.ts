/** Who may ask: everybody on this machine, or whoever has the key. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { ApiError } from './api-error.ts';

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}

export interface Credentials {
  authorization?: string | undefined;
  /** The `Host` header. */
  host?: string | undefined;
}

/**
 * @param key undefined: none is needed, but the request must name this machine, or a web page that has its own name point
 * here could read the answers (DNS rebinding)
 * @throws ApiError 401 or 403
 */
export function authorize(key: string | undefined, { authorization, host }: Credentials): void {
  if (key === undefined) {
    if (host === undefined || isLoopback(host.replace(/:\d+$/, ''))) return;
    throw new ApiError(403, 'invalid_request_error', 'without a key this endpoint answers to the name localhost only');
  }
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (given !== undefined && timingSafeEqual(digest(given), digest(key))) return;
  throw new ApiError(
    401,
    'authentication_error',
    given === undefined ? 'a key is needed: "Authorization: Bearer KEY"' : 'the key is wrong',
    { code: 'invalid_api_key' },
  );
}

/** Of equal length for all keys, so that comparing them takes equally long. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
