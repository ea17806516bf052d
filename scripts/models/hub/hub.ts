/** The hub that models are fetched from: its address, who asks, and where a file of it is. */
import { setTimeout as delay } from 'node:timers/promises';
import { isSwitchedOn } from '../../command-line/options.ts';
import { missingError, usageError } from '../../command-line/errors.ts';

const defaultHubUrl = 'https://huggingface.co';

export interface Hub {
  /** Without a slash at the end. */
  url: string;
  /** From HF_TOKEN; sent to the hub itself only, never shown. */
  token: string | undefined;
  fetch: typeof fetch;
  sleep: (ms: number) => Promise<void>;
}

/** `--hub-url`, then TOKENLAP_HUB_URL, then HF_ENDPOINT (as huggingface_hub has it), then the public hub. */
export function hubUrl(chosen: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  const candidates = [chosen, environment.TOKENLAP_HUB_URL, environment.HF_ENDPOINT];
  const url = candidates.find((text) => text !== undefined && text !== '') ?? defaultHubUrl;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw usageError(
      `the hub's address "${url}" is not a URL`,
      `Give one like ${defaultHubUrl} with --hub-url or TOKENLAP_HUB_URL.`,
    );
  }
  return url.replace(/\/+$/, '');
}

/** The hub according to the environment, for work other than a benchmark. @throws UserError when downloads are forbidden */
export function hubFromEnvironment(chosen: string | undefined, environment: NodeJS.ProcessEnv = process.env): Hub {
  if (isSwitchedOn(environment.TOKENLAP_OFFLINE) || isSwitchedOn(environment.HF_HUB_OFFLINE)) {
    throw missingError('TOKENLAP_OFFLINE forbids fetching', 'Name a folder on this machine, or unset the variable.');
  }
  const token = environment.HF_TOKEN;
  return {
    url: hubUrl(chosen, environment),
    token: token === '' ? undefined : token,
    fetch: (...request) => fetch(...request),
    sleep: (ms) => delay(ms),
  };
}

export interface HubFile {
  repository: string;
  revision: string;
  /** Path in the repository. */
  file: string;
}

export function hubFileUrl(hub: Hub, { repository, revision, file }: HubFile): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return `${hub.url}/${repository}/resolve/${encodeURIComponent(revision)}/${path}`;
}

/** The token is sent to the hub itself, never to a host that it redirects to. */
export function headersFor(hub: Hub, url: string): Record<string, string> {
  const sameOrigin = new URL(url).origin === new URL(hub.url).origin;
  return {
    'user-agent': 'tokenlap',
    // A compressed answer could not be resumed.
    'accept-encoding': 'identity',
    ...(hub.token === undefined || !sameOrigin ? {} : { authorization: `Bearer ${hub.token}` }),
  };
}

/** Ways to run without the hub; every such error ends with them. */
export const withoutTheHub =
  'Without the hub: --model PATH for a file that you have, --synthetic for random weights in the same shape, or --size tiny.';
