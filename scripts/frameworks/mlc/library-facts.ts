/**
 * What a model library says of itself: the functions that it wants of web-llm, and a JSON text that TVM compiles into it,
 * which names the model and every weight.
 */
import { z } from 'zod';
import { exitCodes, oneLine, UserError } from '../../command-line/errors.ts';

/** The part of the standard that is used here; the types of Node leave it out. */
declare global {
  namespace WebAssembly {
    class Module {
      constructor(bytes: Uint8Array);
      static imports(module: Module): Array<{ name: string }>;
    }
  }
}

const modelSchema = z.looseObject({
  model_type: z.string(),
  quantization: z.string(),
  params: z.array(z.looseObject({ name: z.string(), shape: z.array(z.int()), dtype: z.string() })),
});

export interface LibraryFacts {
  path: string;
  /** Names of the functions that web-llm must have for it. */
  imports: readonly string[];
  /** Undefined where it does not say. */
  model: z.infer<typeof modelSchema> | undefined;
}

/**
 * @param bytes the whole .wasm file
 * @throws UserError when it is no WebAssembly
 */
export function libraryFacts(path: string, bytes: Buffer): LibraryFacts {
  return { path, imports: importsOf(path, bytes), model: modelOf(bytes) };
}

function importsOf(path: string, bytes: Buffer): string[] {
  try {
    return WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map(({ name }) => name);
  } catch (error) {
    throw new UserError(`the model library ${path} is no WebAssembly (${bytes.length} bytes): ${oneLine(error)}`, {
      exitCode: exitCodes.usage,
      remedy: 'A download that failed leaves such a file: fetch it again, or name another one with --model-lib.',
    });
  }
}

function modelOf(bytes: Buffer): LibraryFacts['model'] {
  const start = bytes.indexOf('{"model_type"');
  if (start < 0) return undefined;
  return modelSchema.safeParse(parsed(bytes.toString('utf8', start, endOfText(bytes, start)))).data;
}

/** The text ends where its outermost brace closes; no string in it has braces. */
function endOfText(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    if (bytes[at] === 0x7b) depth++;
    else if (bytes[at] === 0x7d && --depth === 0) return at + 1;
  }
  return bytes.length;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
