/** Where an export goes: what `--to` names, as far as the format can go there. */
import { usageError } from '../../scripts/command-line/errors.ts';
import type { ExportFormat, Tracking, Upload } from './format.ts';
import { basicAuthorization, type Headers, serverUrl, withoutPassword } from './server-request.ts';

export type Receiver =
  | { kind: 'standard output' }
  | { kind: 'file'; path: string }
  | { kind: 'server'; url: string; method: Upload['method']; headers: Headers }
  | { kind: 'tracking'; url: string; send: Tracking['send'] }
  | { kind: 'pull request'; number: number | null; comment: NonNullable<ExportFormat['comment']> };

const pullRequest = /^pull-request(?::(\d{1,9}))?$/;

/** @throws UserError where the format cannot go there */
export function receiverOf(format: ExportFormat, to: string | undefined, environment: NodeJS.ProcessEnv): Receiver {
  const { name, tracking, comment, upload } = format;
  if (tracking !== undefined) return trackingServer(name, tracking, to, environment);
  if (to === undefined || to === '-') return { kind: 'standard output' };
  const asked = pullRequest.exec(to);
  if (asked !== null) {
    if (comment === undefined) throw usageError(`${name} is no comment`, 'Use --format github-comment.');
    return { kind: 'pull request', number: asked[1] === undefined ? null : Number(asked[1]), comment };
  }
  if (!/^https?:/.test(to)) return { kind: 'file', path: to };
  if (upload === undefined) throw usageError(`${name} goes to no server`, 'Give a file with --to FILE.');
  return serverFor(upload, serverUrl(to, 'a server'), environment);
}

function serverFor(upload: Upload, url: URL, environment: NodeJS.ProcessEnv): Receiver {
  const { method, contentType, path, headersVariable } = upload;
  if (url.pathname === '/') url.pathname = path;
  const more = headersVariable === undefined ? {} : headersOf(environment[headersVariable] ?? '', headersVariable);
  return {
    kind: 'server',
    url: withoutPassword(url),
    method,
    headers: { 'content-type': contentType, ...basicAuthorization(url), ...more },
  };
}

/** Source: OpenTelemetry, "Specifying headers via environment variables": W3C Baggage without properties. */
function headersOf(text: string, variable: string): Headers {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x21-\x7e]*)\s*$/.exec(pair) ?? [];
      if (name === undefined || value === undefined) {
        throw usageError(`${variable} is no list of headers`, 'Write it as name=value,name=value.');
      }
      return [name.toLowerCase(), decodeURIComponent(value)];
    }),
  );
}

function trackingServer(
  name: string,
  { addressVariable, send }: Tracking,
  to: string | undefined,
  environment: NodeJS.ProcessEnv,
): Receiver {
  const address = to ?? (environment[addressVariable] || undefined);
  if (address !== undefined && /^https?:/.test(address)) return { kind: 'tracking', url: address, send };
  throw usageError(
    address === undefined ? `${name} needs the address of its server` : `"${address}" is no address of a server`,
    `Give it with --to http://HOST:PORT, or in ${addressVariable}.`,
  );
}
