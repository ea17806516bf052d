/** Figures of parity as people read them. */

/** Divergences span ten powers of ten: 0.012, 2.3e-7. */
export function nats(value: number): string {
  if (value === 0) return '0';
  return value < 1e-3 ? value.toExponential(1) : value.toPrecision(2);
}

/** 99.87 %; never rounded up to 100 % when it is not. */
export function share(value: number): string {
  if (value === 1) return '100 %';
  return `${(Math.floor(value * 1e4) / 100).toFixed(2)} %`;
}
