import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { commentMarker, githubComment } from '../../../collate/exports/comment/github-comment.ts';
import { postComment } from '../../../collate/exports/comment/pull-request.ts';
import { commentsApi, type FakeComment } from '../../fakes/comments-api.ts';
import { gateReport } from './gate-reports.ts';
import { outsideWith } from './outside-world.ts';

const first = githubComment(gateReport([], { sentence: 'First.' }));
const second = githubComment(gateReport([], { sentence: 'Second.' }));
const writes = (requests: ReadonlyArray<{ method: string }>) =>
  requests.filter(({ method }) => method !== 'GET').map(({ method }) => method);

it('writes one comment and edits it from then on', async () => {
  const api = await commentsApi();
  const outside = outsideWith(api.environment);
  expect(await postComment(first, outside, 7)).toMatch(/^wrote the comment on pull request 7: https:/);
  expect(await postComment(second, outside, 7)).toMatch(/^edited the comment on pull request 7/);
  expect(writes(api.requests)).toEqual(['POST', 'PATCH']);
  expect(api.comments.map(({ body }) => body)).toEqual([second]);
});

it('finds its comment behind hundreds of others, and takes nobody else’s for it', async () => {
  const human = { login: 'ada', type: 'User' } as const;
  const bot = { login: 'github-actions[bot]', type: 'Bot' } as const;
  const others = Array.from({ length: 250 }, (_, i): FakeComment => ({ id: i + 1, body: `comment ${i}`, user: human }));
  const comments: FakeComment[] = [
    ...others,
    { id: 900, body: `looks like\n${commentMarker}`, user: human },
    { id: 901, body: `> quoted ${commentMarker} and more`, user: bot },
    { id: 902, body: first, user: bot },
  ];
  const api = await commentsApi({ comments });
  await postComment(second, outsideWith(api.environment), 7);
  expect(api.comments.length).toBe(253);
  expect(api.comments.filter(({ body }) => body === second).map(({ id }) => id)).toEqual([902]);
  expect(api.requests.filter(({ path }) => path.includes('page=')).length).toBe(3);
});

it('with the token of a person, edits what that person wrote', async () => {
  const comments: FakeComment[] = [
    { id: 1, body: first, user: { login: 'github-actions[bot]', type: 'Bot' } },
    { id: 2, body: first, user: { login: 'ada', type: 'User' } },
  ];
  const api = await commentsApi({ comments, login: 'ada' });
  await postComment(second, outsideWith(api.environment), 7);
  expect(api.comments.map(({ body }) => body === second)).toEqual([false, true]);
});

it('reads the number from the event that started the workflow', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenlap-event-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const event = join(folder, 'event.json');
  writeFileSync(event, JSON.stringify({ action: 'opened', pull_request: { number: 7, title: '$(touch x)' } }));
  const api = await commentsApi();
  await postComment(first, outsideWith({ ...api.environment, GITHUB_EVENT_PATH: event }), null);
  expect(api.comments.length).toBe(1);
  await expect(postComment(first, outsideWith(api.environment), null)).rejects.toThrow(/which pull request/);
});

it('says in one line why it may not write, without the token', async () => {
  const api = await commentsApi({ mayWrite: false });
  const failure = postComment(first, outsideWith(api.environment), 7);
  await expect(failure).rejects.toThrow(
    `GitHub refused POST ${api.url}/repos/octo/engine/issues/7/comments with status 403: Resource not accessible by integration`,
  );
  await expect(failure).rejects.toMatchObject({ remedy: expect.stringContaining('pull-requests: write') });
  expect(String(await failure.catch((error: unknown) => error))).not.toContain('secret');
});

it('waits where GitHub asks for it, and never writes twice after an answer that was lost', async () => {
  const busy = await commentsApi({
    instead: ({ method }, nth) =>
      method === 'POST' && nth === 3 ? { status: 429, headers: { 'retry-after': '7' } } : undefined,
  });
  const outside = outsideWith(busy.environment);
  await postComment(first, outside, 7);
  expect(outside.waits).toEqual([7000]);
  expect(busy.comments.length).toBe(1);

  const cut = await commentsApi({ instead: ({ method }) => (method === 'POST' ? null : undefined) });
  await expect(postComment(first, outsideWith(cut.environment), 7)).rejects.toThrow(/gives no answer/);
  expect(writes(cut.requests)).toEqual(['POST']);
});

it.each([
  [{ GITHUB_TOKEN: '' }, /needs a token/],
  [{ GITHUB_REPOSITORY: '../../user' }, /which repository/],
  [{ GITHUB_API_URL: 'file:///etc/passwd' }, /no address/],
])('with %j asks nobody', async (change, message) => {
  const api = await commentsApi();
  await expect(postComment(first, outsideWith({ ...api.environment, ...change }), 7)).rejects.toThrow(message);
  expect(api.requests).toEqual([]);
});
