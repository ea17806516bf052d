/**
 * How much of what comes from outside is taken: files of models, of questions and of sweeps, and what is made of them. Each limit
 * lies well above what is in use and far below what would fill the memory of a small machine; what is beyond one is refused in a
 * line that names it.
 */

const mebibyte = 2 ** 20;

/** The head of a GGUF file. The largest vocabulary in use (Gemma 3) has 262,144 tokens, the most merges (gpt-oss) 446,189. */
export const ggufLimits = {
  /** Everything before the weights; heads in use have up to 16 MiB. */
  headBytes: 128 * mebibyte,
  /** A whole tokenizer.json may stand in one; the largest has 33 MiB. */
  textBytes: 64 * mebibyte,
  /** Texts that are no UTF-8 are looked at byte by byte: those are single tokens. */
  brokenTextBytes: mebibyte,
  /** gguf.md allows 65,535 bytes. */
  keyBytes: 65_535,
  /** gguf.md allows 64 bytes; some writers take more. */
  nameBytes: 1024,
  /** Elements of all lists together. */
  elements: 4 * mebibyte,
  /** Files in use have fewer than 100. */
  fields: 16_384,
  /** Files in use have up to 2,000; with an expert to a tensor it was 46,000. */
  tensors: 65_536,
  /** The name has five digits for it; models in use have up to 30. */
  parts: 1000,
} as const;

/** Hyperparameters of a model, in any file format. */
export const shapeLimits = {
  /** Models in use have up to 200. */
  layers: 4096,
  /** Width of a layer, a head or a feed-forward part; the widest in use has 65,536. */
  width: 4 * mebibyte,
  /** Rows of the embedding. */
  vocabulary: 4 * mebibyte,
  experts: 65_536,
} as const;

/** Text files, in bytes. A value of JSON takes some 50 bytes of memory, however short it is. */
export const textLimits = {
  /** config.json, tokenizer_config.json, generation_config.json, chat templates: kilobytes. */
  config: 4 * mebibyte,
  /** tokenizer.json, vocab.json, merges.txt, tokenizer.model: up to 33 MiB. */
  tokenizer: 128 * mebibyte,
  /** Sweeps, registries and notes that we write: kilobytes. */
  settings: 4 * mebibyte,
  /** Questions and pairs of questions and answers; GSM8K has 5 MiB. */
  questions: 64 * mebibyte,
  /** The log of a run: a million tokens have 130 MB. */
  runLog: 512 * mebibyte,
  /** Results of other tools: GuideLLM's report of 10,000 requests has some 100 MB, prompts and answers in it. */
  foreign: 256 * mebibyte,
  /** Texts to score: WikiText-2 has 11 MB, WikiText-103 540 MB, of which the training part is more than anybody waits for. */
  scored: 256 * mebibyte,
} as const;

/** Texts of a raw log that stand in every row of a table, or in every table: a long one would be written a million times. In characters. */
export const loggedTextLimits = {
  /** Names of host, model, framework and device: those in use have fewer than 200. */
  name: 500,
  /** Paths: Linux allows 4096 bytes. */
  path: 4096,
  /** Words of a command, settings, messages of errors. */
  text: 65_536,
} as const;

/** What of a result file of another tool is taken. */
export const foreignLimits = {
  /** Measured combinations; sweeps in use have hundreds. */
  cells: 10_000,
  /** Requests, repetitions or rows of one file; runs in use have thousands. */
  entries: 1_000_000,
} as const;

/** Limits of one JSON text, checked before it is parsed. */
export const jsonLimits = {
  /** Files and requests in use have fewer than 10. Programs that walk over a value recursively stand thousands, not millions. */
  depth: 128,
  /** A tokenizer.json with merges as pairs has some 2 million. */
  values: 4 * mebibyte,
} as const;

/** The thread in which a model's own template runs. */
export const templateLimits = {
  /** Templates in use have up to 20 KB. */
  sourceLength: mebibyte,
  /** A template takes well below a millisecond for a question; on a machine that does much else at the same time, more. */
  renderMs: 10_000,
  memoryMebibytes: 256,
  /** More than any context takes. */
  textLength: 16 * mebibyte,
} as const;
