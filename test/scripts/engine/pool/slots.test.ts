import { describe, expect, it } from 'vitest';
import { RequestQueue } from '../../../../scripts/engine/pool/slots.ts';
import { errorOf } from '../../../../scripts/serve/api-error.ts';

const staying = new AbortController().signal;

describe('the queue before the engines', () => {
  it('serves first who came first', async () => {
    const queue = new RequestQueue<string>(10);
    const served: string[] = [];
    const waiting = ['a', 'b', 'c'].map((name) =>
      queue.take(staying).then((slot) => served.push(`${name} on ${slot}`)),
    );
    expect(queue.length).toBe(3);
    for (const slot of ['1', '2', '1']) queue.offer(slot);
    await Promise.all(waiting);
    expect(served).toEqual(['a on 1', 'b on 2', 'c on 1']);
  });

  it('refuses with 429 who comes when it is full, and not who gets a slot at once', async () => {
    const queue = new RequestQueue<string>(0);
    const refused = await queue.take(staying).catch((error: unknown) => error);
    expect(errorOf(refused)).toMatchObject({ status: 429, retryAfterSeconds: 1 });
    queue.offer('slot');
    expect(await queue.take(staying)).toBe('slot');
  });

  it('closes up when somebody leaves', async () => {
    const queue = new RequestQueue<string>(2);
    const leaving = new AbortController();
    const first = queue.take(leaving.signal);
    const second = queue.take(staying);
    leaving.abort();
    await expect(first).rejects.toThrow(/aborted/);
    expect(queue.length).toBe(1);
    queue.offer('slot');
    expect(await second).toBe('slot');
  });

  it('gives nobody a slot that was withdrawn', async () => {
    const queue = new RequestQueue<string>(1);
    queue.offer('dead');
    queue.withdraw('dead');
    const waiting = queue.take(staying);
    queue.offer('alive');
    expect(await waiting).toBe('alive');
  });

  it('refuses everybody with one reason', async () => {
    const queue = new RequestQueue<string>(2);
    const waiting = [queue.take(staying), queue.take(staying)];
    queue.refuseAll(new Error('closing'));
    for (const one of waiting) await expect(one).rejects.toThrow('closing');
    expect(queue.length).toBe(0);
  });
});
