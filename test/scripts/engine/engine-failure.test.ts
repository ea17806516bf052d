import { describe, expect, it } from 'vitest';
import { describeExit } from '../../../scripts/engine/engine-failure.ts';

/** As llama.cpp's CUDA build of release v0.5.0 printed it on an H100 with a driver for CUDA 13.0, shortened. */
const oldDriver = `/llama.cpp/ggml/src/ggml-cuda/ggml-cuda.cu:108: CUDA error
/bins/libggml-base.so(ggml_print_backtrace+0x21f)[0x7f3e4fab4d6f]
/bins/libllama.so(_ZN13llama_context6decodeERK11llama_batch+0x55f)[0x7f3e1fbf0e6f]
CUDA error: the provided PTX was compiled with an unsupported toolchain.
/bins/llama-addon.node(_ZN29AddonContextDecodeBatchWorker7ExecuteEv+0x6f)[0x7f3e4fba5fff]
  current device: 0, in function ggml_cuda_kernel_can_use_pdl at common.cuh:1679
  cudaFuncGetAttributes(&attr, kernel)
/lib/x86_64-linux-gnu/libc.so.6(+0x129ecc)[0x7f3e4f929ecc]
`;

const aborted = { code: null, signal: 'SIGABRT' } as const;

describe('an engine that aborted', () => {
  it('is told by the error and not by the backtrace around it, with the driver as the next step', () => {
    const failure = describeExit('llama.cpp', aborted, oldDriver);
    expect(failure.message).toBe(
      'the llama.cpp engine was ended by SIGABRT; its last words: CUDA error: the provided PTX was compiled with an unsupported toolchain.',
    );
    expect(failure.remedy).toContain('update the driver');
    expect(failure.stderrTail).toBe(oldDriver);
  });

  it('is told by the assertion that failed', () => {
    const tail = 'ggml.c:1234: GGML_ASSERT(n > 0) failed\n/bins/libggml.so(ggml_abort+0x152)[0x7f3e4fab4f42]\n';
    const failure = describeExit('llama.cpp', aborted, tail);
    expect(failure.message).toContain('its last words: ggml.c:1234: GGML_ASSERT(n > 0) failed');
    expect(failure.remedy).toContain('models.ts verify');
  });

  it('has no last words where there are only frames', () => {
    const failure = describeExit('llama.cpp', aborted, '/lib/libc.so.6(+0x129ecc)[0x7f3e4f929ecc]\n');
    expect(failure.message).toBe('the llama.cpp engine was ended by SIGABRT');
  });
});
