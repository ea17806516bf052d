import { describe, expect, it } from 'vitest';
import { WaitingLine } from '../../../scripts/serve/waiting-line.ts';

const staying = new AbortController().signal;

describe('the line before the engines', () => {
  it('serves first who came first', async () => {
    const line = new WaitingLine<string>(10);
    const served: string[] = [];
    const waiting = ['a', 'b', 'c'].map((name) => line.take(staying).then((seat) => served.push(`${name} on ${seat}`)));
    expect(line.length).toBe(3);
    for (const seat of ['1', '2', '1']) line.offer(seat);
    await Promise.all(waiting);
    expect(served).toEqual(['a on 1', 'b on 2', 'c on 1']);
  });

  it('sends away with 429 who comes when it is full, and not who gets a seat at once', async () => {
    const line = new WaitingLine<string>(0);
    await expect(line.take(staying)).rejects.toMatchObject({ status: 429, retryAfterSeconds: 1 });
    line.offer('seat');
    expect(await line.take(staying)).toBe('seat');
  });

  it('closes up when somebody leaves', async () => {
    const line = new WaitingLine<string>(2);
    const leaving = new AbortController();
    const first = line.take(leaving.signal);
    const second = line.take(staying);
    leaving.abort();
    await expect(first).rejects.toThrow(/aborted/);
    expect(line.length).toBe(1);
    line.offer('seat');
    expect(await second).toBe('seat');
  });

  it('gives nobody a seat that was withdrawn', async () => {
    const line = new WaitingLine<string>(1);
    line.offer('dead');
    line.withdraw('dead');
    const waiting = line.take(staying);
    line.offer('alive');
    expect(await waiting).toBe('alive');
  });

  it('refuses everybody with one reason', async () => {
    const line = new WaitingLine<string>(2);
    const waiting = [line.take(staying), line.take(staying)];
    line.refuseAll(new Error('closing'));
    for (const one of waiting) await expect(one).rejects.toThrow('closing');
    expect(line.length).toBe(0);
  });
});
