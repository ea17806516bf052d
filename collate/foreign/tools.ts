/** The one list of tools whose result files can be imported. */
import type { ForeignTool } from './tool.ts';
import { aiperf } from './tools/aiperf/tool.ts';
import { guidellm } from './tools/guidellm/tool.ts';
import { llamaBench } from './tools/llama-bench/tool.ts';
import { vllm } from './tools/vllm/tool.ts';
import { workflow } from './tools/workflow/tool.ts';

export const foreignTools: readonly ForeignTool[] = [llamaBench, vllm, guidellm, aiperf, workflow];
