/**
 * `<framework>.csv`: a line per generated token. This is the one place where a million of anything is written, so the
 * cells that all tokens of an answer share are made once, and a line is one concatenation.
 */
import {
  cacheBytesPerToken,
  memoryThroughputGbPerSecond,
  paramThroughputGbPerSecond,
  weightBytesPerToken,
} from '../../scripts/log/figures/metrics.ts';
import type { AnswerRecord, TokenRecord } from '../../scripts/workloads/questions/records.ts';
import type { Run } from '../logs/run.ts';
import { type TokenRow, tokenColumns } from './columns/tokens.ts';
import { type Cell, csvLine, csvText } from './csv.ts';

const nsPerMs = 1e6;
const nsPerSecond = 1e9;

/** The columns that differ from token to token: seven in front, two behind. A test reads them back by name. */
const columnsInFront = 7;
const columnsBehind = 2;
const sharedColumns = tokenColumns.slice(columnsInFront, -columnsBehind);

type PerToken =
  | 'step'
  | 'enqueue_latency_ms'
  | 'total_latency_ms'
  | 'tokens_per_sec'
  | 'memory_throughput_gb_s'
  | 'param_throughput_gb_s'
  | 'generated_text'
  | 'token_id'
  | 'at_ms';

/** @param answer null for tokens of an answer that was never completed: t0 and phase are unknown */
export function writeTokens(
  run: Run,
  answer: AnswerRecord | null,
  tokens: readonly TokenRecord[],
  write: (line: string) => void,
): void {
  const weightBytes = weightBytesPerToken(run.header.model, run.effective);
  const shared = csvLine(sharedCells(run, answer, tokens)).slice(0, -1);
  let previousNs = answer === null ? null : answer.startNs;
  for (const [i, token] of tokens.entries()) {
    const latencyNs = previousNs === null ? null : token.atNs - previousNs;
    const enqueue = token.enqueueNs === undefined ? '' : token.enqueueNs / nsPerMs;
    // Tokens of one chunk share an instant: a gap of nothing has no rate, and one that several tokens end is not that of one.
    const isAlone = tokens[i + 1]?.atNs !== token.atNs;
    const rate = token.step === 0 || latencyNs === null || latencyNs <= 0 || !isAlone ? null : nsPerSecond / latencyNs;
    const param = rate === null ? '' : paramThroughputGbPerSecond(weightBytes, rate);
    const memory =
      rate === null || answer === null || run.effective === null
        ? ''
        : memoryThroughputGbPerSecond(
            weightBytes,
            cacheBytesPerToken(run.effective, answer.promptTokens + token.step),
            rate,
          );
    const latencyMs = latencyNs === null ? '' : latencyNs / nsPerMs;
    write(
      `${token.step},${enqueue},${latencyMs},${rate ?? ''},${memory},${param},${csvText(token.text)},${shared},${token.id},${token.atNs / nsPerMs}\n`,
    );
    previousNs = token.atNs;
  }
}

function sharedCells(run: Run, answer: AnswerRecord | null, tokens: readonly TokenRecord[]): Cell[] {
  const { header, effective } = run;
  const { model, host } = header;
  const row: Omit<TokenRow, PerToken> = {
    platform: host.platform,
    release: host.release,
    device: effective?.device ?? null,
    username: host.username,
    hostname: host.hostname,
    size: model.size,
    quantize: model.quantization.got,
    seed: header.seed,
    uuid: header.uuid,
    framework: header.framework.name,
    algorithm: model.algorithm,
    model: model.name,
    model_sha256: model.sha256,
    weight_class: model.quantization.weightClass,
    bits_per_weight: model.effectiveBitsPerWeight,
    synthetic: model.synthetic,
    workload: header.workload,
    answer: answer?.answer ?? tokens[0]?.answer ?? null,
    phase: answer?.phase ?? null,
  };
  const cells: Record<string, Cell> = row;
  return sharedColumns.map((column) => cells[column.name] ?? null);
}
