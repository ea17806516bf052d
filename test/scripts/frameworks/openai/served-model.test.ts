import { describe, expect, it } from 'vitest';
import { probeFramework } from '../../../../scripts/engine/engine.ts';
import { openai } from '../../../../scripts/frameworks/openai/framework.ts';
import { clientOf, environment } from './client.ts';

const sampling = { temperature: 0, seed: 7, ignoreEndOfSequence: false, reusePrefix: false };
const messages = [{ role: 'user' as const, content: 'hello' }];
const asked = { prompt: [1, 2, 3, 4], messages, maxTokens: 8, stream: false, ...sampling };

describe('a server', () => {
  it('that is not given is missing, with the option that gives it', async () => {
    expect(await probeFramework(openai)).toEqual({
      status: 'missing',
      reason: 'no server is given',
      remedy: expect.stringMatching(/--url/),
    });
  });

  it('that does not answer is missing', async () => {
    environment({ TOKENLAP_OPENAI_URL: 'http://127.0.0.1:1' });
    expect(await probeFramework(openai)).toMatchObject({
      status: 'missing',
      reason: expect.stringMatching(/connection/),
    });
  });

  it('that takes token ids is given them, and tells them', async () => {
    const { engine, loaded } = await clientOf('tokens=5&ids');
    expect(loaded.effective).toMatchObject({ device: 'server', comparable: true, settings: { promptAs: 'ids' } });
    const { ids, stop, served } = await engine.generate(asked);
    expect(ids).toEqual([97, 98, 99, 100, 101]);
    expect(stop).toBe('end');
    expect(served).toMatchObject({ asked: 'ids', promptTokens: 4, tokens: 5 });
  });

  it('that takes conversations only is given those, and its words are counted', async () => {
    const { engine, loaded } = await clientOf('tokens=6&chat&role&comment&reasoning=2');
    expect(loaded.effective.settings.promptAs).toBe('messages');
    const { pieces, texts, served } = await engine.generate(asked);
    expect(texts).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(pieces.join('')).toBe('abcdef');
    expect(served).toMatchObject({ asked: 'messages', promptTokens: 5, tokens: 6 });
  });

  it("that minds fields beyond OpenAI's is spared them", async () => {
    const { engine, loaded } = await clientOf('tokens=3&chat&strict');
    expect(loaded.effective.settings).toMatchObject({ promptAs: 'messages', extendedFields: false });
    expect((await engine.generate(asked)).pieces.join('')).toBe('abc');
  });

  it('that sends several tokens in an event is stamped by event', async () => {
    const { engine } = await clientOf('tokens=8&chunk=4&ids&gap=400');
    const { atNs, texts } = await engine.generate(asked);
    expect(texts).toHaveLength(2);
    expect(atNs).toHaveLength(8);
    expect(new Set(atNs.slice(0, 4)).size).toBe(1);
    expect((atNs[4] ?? 0) - (atNs[3] ?? 0)).toBeGreaterThan(100e6);
  });

  it('is stamped when its words arrive, on the clock of all processes', async () => {
    const { engine, server, originNs } = await clientOf('tokens=8&ttft=40&gap=200&ids');
    const { atNs } = await engine.generate(asked);
    const truth = (await server.written()).at(-1)?.writtenNs.map((atNs) => Number(atNs - originNs)) ?? [];
    const delays = atNs.map((at, i) => at - (truth[i] ?? Number.NaN));
    expect(truth).toHaveLength(8);
    expect(Math.min(...delays)).toBeGreaterThan(0);
    expect(delays.toSorted((a, b) => a - b)[4]).toBeLessThan(100e6);
  });

  it('streams into a chat, and stops when it is told to', async () => {
    const { engine, pieces } = await clientOf('tokens=1000&gap=20');
    const generating = engine.generate({ ...asked, maxTokens: 1000, stream: true });
    while (pieces.length < 3) await new Promise((done) => setTimeout(done, 10));
    await engine.cancel();
    const { stop } = await generating;
    expect(stop).toBe('cancelled');
    expect(pieces.join('')).toMatch(/^abc/);
  });

  it.each([
    { script: 'break=2', says: /connection was lost/ },
    { script: 'error=2', says: /as told/ },
  ])('that fails in the middle ($script) is told, and asked again', async ({ script, says }) => {
    const { engine } = await clientOf(`tokens=8&${script}`);
    await expect(engine.generate(asked)).rejects.toThrow(says);
    expect((await engine.generate({ ...asked, maxTokens: 2 })).pieces.join('')).toBe('ab');
  });

  it.each([
    { script: 'status=500', given: {}, says: /answered 500: as told/ },
    { script: 'chat', given: { promptAs: 'ids' }, says: /answered 404: chats only/ },
  ])('that cannot be asked ($script) is told at load', async ({ script, given, says }) => {
    await expect(clientOf(script, given)).rejects.toThrow(says);
  });
});
