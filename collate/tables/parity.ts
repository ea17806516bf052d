/** `parity.csv`: a row per question of a parity run. */
import type { ParityRecord } from '../../scripts/workloads/parity/records.ts';
import type { Run } from '../logs/run.ts';
import type { ParityRow } from './columns/parity.ts';

export function parityRow({ header, effective, parityReference }: Run, record: ParityRecord): ParityRow {
  const { model, host } = header;
  const { divergence } = record;
  return {
    uuid: header.uuid,
    session: header.session?.uuid ?? null,
    framework: header.framework.name,
    framework_version: header.framework.version,
    reference_framework: parityReference?.framework ?? null,
    reference_version: parityReference?.version ?? null,
    reference_quantize: parityReference?.quantize ?? null,
    reference_weight_class: parityReference?.weightClass ?? null,
    reference_model_sha256: parityReference?.modelSha256 ?? null,
    is_reference: parityReference?.self ?? null,
    question_id: record.questionId,
    prompt_tokens: record.promptTokens,
    prompt_tokens_sha256: record.promptTokensSha256,
    reference_tokens: record.referenceTokens,
    tokens: record.tokens,
    equal_tokens: record.equalTokens,
    divergence_position: divergence?.position ?? null,
    divergence_reference_token: divergence?.referenceToken ?? null,
    divergence_token: divergence?.token ?? null,
    divergence_reference_gap: divergence?.referenceGap ?? null,
    divergence_gap: divergence?.gap ?? null,
    positions: record.positions,
    top1_agreed: record.top1Agreed,
    kl_mean: record.klMean,
    kl_max: record.klMax,
    question: record.question,
    platform: host.platform,
    release: host.release,
    device: effective?.device ?? null,
    username: host.username,
    hostname: host.hostname,
    size: model.size,
    quantize: model.quantization.got,
    weight_class: model.quantization.weightClass,
    model: model.name,
    model_sha256: model.sha256,
    seed: header.seed,
  };
}
