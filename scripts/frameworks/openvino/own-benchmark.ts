/** OpenVINO GenAI, which reads the same GGUF file with a loader of its own and generates in a loop of its own (genai.py). */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { $, ProcessOutput } from 'zx';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { installLine } from '../../command-line/shell-line.ts';
import { type BenchmarkSubject, generationRate, type OwnBenchmark, oneShot } from '../own-benchmark.ts';

const scripts = fileURLToPath(new URL('../../', import.meta.url));
const printed = z.object({ ids: z.array(z.int()), atMs: z.array(z.number()) });

export const ownBenchmark: OwnBenchmark = {
  work: 'generation',
  defaults: {
    shapes: ['15M:q8_0', '135M:q8_0', '135M:q4_0'],
    starts: 5,
    rounds: 1,
    tests: { nPrompt: 16, nGen: 64 },
  },

  async prepare({ python }) {
    const { path, environment } = await python();
    await requireGenai(path);
    return {
      references: async (subject) => ({
        starters: {
          'openvino-genai': oneShot(async () => {
            const { ids, atMs } = await generatedBy(path, { ...process.env, ...environment }, subject);
            return { rates: { tg: generationRate(atMs.map((at, i) => at - (atMs[i - 1] ?? 0))) }, ids };
          }),
        },
      }),
    };
  },
};

/** @throws UserError when the package is not installed, with the command that installs it */
async function requireGenai(python: string): Promise<void> {
  const asks = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("openvino_genai") is None)';
  const found = await $({ quiet: true, nothrow: true })`${python} -c ${asks}`;
  if (found.exitCode === 0) return;
  throw new UserError(`${python} has no package openvino-genai`, {
    exitCode: exitCodes.missing,
    remedy: `Run \`${installLine('openvino')}\`, or name a Python that has it with --python PATH.`,
  });
}

/** @throws UserError when GenAI does not read the file, or fails */
async function generatedBy(
  python: string,
  env: NodeJS.ProcessEnv,
  { modelPath, settings, prompt, nGen }: BenchmarkSubject,
): Promise<z.infer<typeof printed>> {
  const flags = ['--model', resolve(modelPath), '--threads', `${settings.threads}`, '--n-gen', `${nGen}`];
  const native = settings.precision === 'native' ? ['--native'] : [];
  try {
    const { stdout } = await $({
      quiet: true,
      cwd: scripts,
      env,
    })`${python} -W ignore -m frameworks.openvino.genai ${flags} --prompt ${prompt.join(',')} ${native}`;
    return printed.parse(JSON.parse(stdout));
  } catch (cause) {
    if (!(cause instanceof ProcessOutput)) throw cause;
    const said = cause.stderr.trim().split('\n').at(-1) ?? '';
    throw new UserError(said === '' ? 'OpenVINO GenAI failed without a message' : said, {
      cause,
      remedy: 'Choose other models with --shapes, such as 135M:q8_0 or 135M:q4_0.',
    });
  }
}
