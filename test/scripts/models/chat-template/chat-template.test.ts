import { describe, expect, it } from 'vitest';
import { chatTemplateOf } from '../../../../scripts/models/chat-template/chat-template.ts';

const templateOf = (chatTemplate: string | null) =>
  chatTemplateOf({ chatTemplate, bosToken: '<s>', eosToken: '</s>', addBosToken: true });
const messages = [{ role: 'user', content: 'hi' }] as const;

describe('a chat template', () => {
  it('is applied in a thread, and the time is that of the rendering', async () => {
    const template = templateOf('{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}{% endfor %}');
    const before = process.hrtime.bigint();
    const rendered = await template(messages);
    expect(rendered.text).toBe('<s><user>hi</s>');
    expect(rendered.durationNs).toBeGreaterThan(0);
    // The thread has to be started first, which takes a multiple.
    expect(rendered.durationNs).toBeLessThan(Number(process.hrtime.bigint() - before) / 2);
    const both = await Promise.all([template(messages), template([...messages, ...messages])]);
    expect(both.map(({ text }) => text)).toEqual(['<s><user>hi</s>', '<s><user>hi</s><user>hi</s>']);
  });

  it('is questions and answers where the model has none', async () => {
    expect((await templateOf(null)(messages)).text).toBe('<s>Question: hi\nAnswer:');
  });

  it.each([
    { template: '{% for', says: /cannot be read: / },
    { template: "{{ raise_exception('roles must alternate') }}", says: /failed: .*roles must alternate/ },
  ])('says what is wrong with $template, and goes on', async ({ template, says }) => {
    const bad = templateOf(template);
    await expect(bad(messages)).rejects.toThrow(says);
    await expect(bad(messages)).rejects.toThrow(says);
  });

  const loop = (depth: number, inner: string): string =>
    depth === 0 ? inner : `{% for i${depth} in range(1000) %}${loop(depth - 1, inner)}{% endfor %}`;

  it.each([
    { kind: 'nested loops', template: loop(6, ''), says: /takes longer than 10 s|MiB of memory/ },
    {
      kind: 'a list of a thousand million numbers',
      template: '{{ range(1000000000) | length }}',
      says: /MiB of memory/,
    },
    {
      kind: 'a text that doubles without end',
      template: `{% set ns = namespace(x='${'x'.repeat(1000)}') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}`,
      says: /MiB of memory|failed: |takes longer/,
    },
    {
      kind: 'parentheses without end',
      template: `{{ ${'('.repeat(400_000)}1 }}`,
      says: /cannot be read|longer|memory/,
    },
    {
      kind: 'megabytes',
      template: 'x'.repeat(2 ** 20 + 1),
      says: /has 1048577 characters, and up to 1048576 are read/,
    },
  ])(
    'of $kind ends in a line, and the process goes on',
    async ({ template, says }) => {
      const before = process.memoryUsage().rss;
      await expect((async () => templateOf(template)(messages))()).rejects.toThrow(says);
      expect(process.memoryUsage().rss - before).toBeLessThan(1e9);
    },
    60_000,
  );
});
