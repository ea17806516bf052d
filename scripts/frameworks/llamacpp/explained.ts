/** llama.cpp's own errors name no cause; its log does. */
import { oneLine, UserError } from '../../command-line/errors.ts';
import { nativeLog } from './llama.ts';

/** @param doing for the message: 'load the model' */
export async function explained<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const said = nativeLog.complaints();
    const short = /memory|alloc|too large|vram/i.test(`${oneLine(cause)} ${said}`);
    throw new UserError(`llama.cpp could not ${doing}: ${oneLine(cause)}${said === '' ? '' : ` (${said})`}`, {
      cause,
      remedy: short
        ? 'There is too little memory: lower --context or --gpu-layers, or choose a smaller model or --quantize.'
        : 'Check the file with `npx tsx scripts/models.ts verify PATH`.',
    });
  }
}
