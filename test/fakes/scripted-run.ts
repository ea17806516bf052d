/** Plans and models for runs of the scripted framework. */

import { configured } from '../../scripts/frameworks/registry.ts';
import type { ResolvedModel } from '../../scripts/models/resolve.ts';
import type { RunPlan } from '../../scripts/run/run-plan.ts';
import { defaultEngineSettings } from '../../scripts/settings/settings.ts';
import { type QaPlan, questions } from '../../scripts/workloads/questions/workload.ts';
import { planned } from '../../scripts/workloads/workload.ts';
import { scripted } from './scripted-framework.ts';

/** @param script see scripted-framework.ts */
export function scriptedModel(script = ''): ResolvedModel {
  return {
    path: `scripted://${script}`,
    record: {
      name: 'Scripted',
      size: 'tiny',
      sizeClass: 'tiny',
      algorithm: 'llama',
      source: 'path',
      synthetic: false,
      file: 'scripted.gguf',
      fileBytes: 1_000_000,
      sha256: 'a'.repeat(64),
      parameters: 500_000,
      quantization: { asked: 'default', got: 'f16', weightClass: '16-bit' },
      effectiveBitsPerWeight: 16,
      weightBytesPerToken: 1_000_000,
      kvElementsPerPosition: 2,
      contextLength: 512,
    },
    chatTemplate: '{% for m in messages %}{{ m.content }}{% endfor %}',
    bosToken: null,
    eosToken: null,
    addBosToken: false,
  };
}

export const scriptedQuestions: QaPlan = {
  questions: {
    file: 'questions.json',
    sha256: 'b'.repeat(64),
    system: null,
    questions: ['abcdefgh', 'ijklmnop', 'qrstuvwx'].map((question) => ({
      id: question.slice(0, 1),
      question,
      answer: [...question].reverse().join(''),
    })),
  },
  rounds: 2,
  firstRound: 0,
  minSeconds: 0,
  judged: true,
  maxTokens: 16,
  temperature: 0,
  ignoreEndOfSequence: false,
};

export function scriptedPlan(output: string, change: Partial<RunPlan> = {}, script = ''): RunPlan {
  return {
    framework: scripted,
    model: scriptedModel(script),
    settings: {
      ...defaultEngineSettings,
      device: 'cpu',
      gpuLayers: 0,
      contextTokens: 512,
      batchTokens: 64,
      kvType: 'f16',
      framework: configured(change.framework ?? scripted).given ?? {},
    },
    workload: planned(questions, scriptedQuestions),
    seed: 42,
    warmUp: 1,
    timeoutMs: 20_000,
    output,
    anonymize: false,
    command: ['test'],
    ...change,
  };
}
