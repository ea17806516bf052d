/** From what a person asked for to a file on this disk: embedded, synthetic, downloaded or given as a path. */
import type { ModelRecord } from './model-record.ts';

export interface ModelRequest {
  /** `--size`: a size of the registry ('tiny', '135M', '1B') ; ignored when `path` is given. */
  size: string | undefined;
  /** `--algorithm`: the family among models of one size; the registry's default of that size when undefined. */
  algorithm: string | undefined;
  /** `--quantize`: an engine's own name (q8_0, q4_k_m, f16, ...) or a portable one (default, float16, int8, nf4, 4bit). */
  quantize: string;
  /** `--model`: a file, or a name of the registry. */
  path: string | undefined;
  /** `--synthetic`: random weights in the model's exact shape. */
  synthetic: boolean;
  /** Seed of synthetic weights. */
  seed: number;
  /** `--offline` or TOKENLAP_OFFLINE: never download. */
  offline: boolean;
  /** Weight formats that the framework runs, best first; its nearest one of the same class is taken. */
  formats: readonly string[];
}

export interface ResolvedModel {
  /** Absolute path of the GGUF file. */
  path: string;
  record: ModelRecord;
  /** Jinja source of `tokenizer.chat_template`; null where the file has none. */
  chatTemplate: string | null;
  /** Text of the special tokens that templates mention; null where the file has none. */
  bosToken: string | null;
  eosToken: string | null;
  /** Whether the tokenizer puts the BOS token before a prompt. */
  addBosToken: boolean;
}

/** Progress of a download, a synthesis or a quantisation; `total` is 0 when unknown. Bytes. */
export type ModelProgress = (step: { label: string; done: number; total: number }) => void;
