/** Progress of a download, a synthesis or a quantisation; `total` is 0 when unknown. Bytes. */
export type ModelProgress = (step: { label: string; done: number; total: number }) => void;
