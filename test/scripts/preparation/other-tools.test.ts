/** Converters of others, with stand-ins for them: what they are told, and what becomes of their failures. */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { convertToMlc } from '../../../scripts/preparation/commands/convert.ts';
import { type ConvertRequest, convertModel } from '../../../scripts/preparation/convert.ts';
import { onWindows, skipped } from '../../fakes/skipped.ts';
import { smallFolder } from '../models/convert/small-families.ts';
import { modelFolder, silent } from '../models/model-folder.ts';

const embedded = fileURLToPath(new URL('../../../configs/tiny/tiny-chat-f16.gguf', import.meta.url));
const never = new AbortController().signal;

function setVariable(name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  onTestFinished(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

function executable(name: string, body: string): string {
  const path = join(modelFolder(), name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A Python that has every module, and runs a script as the shell does. */
const pythonThatRuns = (body: string) =>
  `if [ "$1" = "-c" ]; then echo '{"path": "'"$0"'", "version": "3.11.0", "lacks": []}'; exit 0; fi\n${body}`;

const request = (folder: string, script: string): ConvertRequest => ({
  ...{ folder, to: 'f16', output: join(modelFolder(), 'made.gguf'), name: undefined, pre: undefined },
  ...{ tool: 'llama.cpp', convertScript: script, force: false },
});

describe.skipIf(skipped(onWindows, "llama.cpp's converter: the fakes are shell scripts"))("llama.cpp's script", () => {
  test('is told the folder, the format and where to write; the lineage names it', async () => {
    const python = executable('python', pythonThatRuns(`echo "$@" > "$0.arguments"; cp ${embedded} "$6"`));
    setVariable('TOKENLAP_PYTHON', python);
    const folder = await smallFolder('qwen3');
    const made = await convertModel(request(folder, executable('convert_hf_to_gguf.py', '')), silent, never);
    expect(readFileSync(`${python}.arguments`, 'utf8')).toMatch(
      /convert_hf_to_gguf\.py \S+small-qwen3 --outtype f16 --outfile \S+\.writing\n$/,
    );
    expect(made).toMatchObject({
      tool: 'convert_hf_to_gguf.py',
      lineage: {
        root: { name: join('small-qwen3', 'model.safetensors') },
        steps: [{ action: 'convert', options: { to: 'f16' } }],
      },
    });
  });

  test('that fails is one line with its last words, and leaves nothing', async () => {
    setVariable('TOKENLAP_PYTHON', executable('python', pythonThatRuns('echo "KeyError: rope_theta" >&2; exit 1')));
    const wish = request(await smallFolder('qwen3'), executable('convert_hf_to_gguf.py', ''));
    await expect(convertModel(wish, silent, never)).rejects.toThrow(/ended with 1: KeyError: rope_theta/);
    expect(readdirSync(join(wish.output ?? '', '..'))).toEqual([]);
  });

  test('that is not there is missing, with the next step', async () => {
    await expect(
      convertModel(request(await smallFolder('qwen3'), '/nowhere/x.py'), silent, never),
    ).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/no convert_hf_to_gguf\.py at \/nowhere/),
      remedy: expect.stringMatching(/--convert-script/),
    });
  });
});

describe.skipIf(skipped(onWindows, 'mlc_llm: the fakes are shell scripts'))('mlc_llm', () => {
  const conversion = { to: 'q4f16_1', conversation: 'chatml', force: false };

  test('is told to convert the weights and to write its configuration', async () => {
    const tool = executable('mlc_llm', 'echo "$@" >> "$0.arguments"; for last; do :; done; mkdir -p "$last"');
    setVariable('PATH', [join(tool, '..'), process.env.PATH].join(delimiter));
    const folder = await smallFolder('qwen3');
    const output = join(modelFolder(), 'made-MLC');
    // The stand-in writes no model: that is found out.
    await expect(convertToMlc({ ...conversion, folder, output }, silent, never)).rejects.toThrow(
      /mlc-chat-config\.json/,
    );
    expect(readFileSync(`${tool}.arguments`, 'utf8').split('\n').slice(0, 2)).toEqual([
      `convert_weight ${folder} --quantization q4f16_1 --output ${output}`,
      `gen_config ${folder} --quantization q4f16_1 --conv-template chatml --output ${output}`,
    ]);
  });

  test('that is not installed is missing, with the next step', async () => {
    setVariable('PATH', modelFolder());
    const folder = await smallFolder('qwen3');
    await expect(convertToMlc({ ...conversion, folder, output: undefined }, silent, never)).rejects.toMatchObject({
      exitCode: 3,
      message: 'mlc_llm is not on the PATH',
      remedy: expect.stringMatching(/Install it/),
    });
  });
});
