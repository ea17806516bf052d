/** Sets of runs as bits, one a run: what a filter shows of ten thousand runs is a few hundred operations. */
export type Bits = Uint32Array;

const perWord = 32;

export function noBits(size: number): Bits {
  return new Uint32Array(Math.ceil(size / perWord));
}

export function allBits(size: number): Bits {
  const bits = noBits(size).fill(0xffffffff);
  const rest = size % perWord;
  const last = bits.length - 1;
  if (rest !== 0 && last >= 0) bits[last] = 2 ** rest - 1;
  return bits;
}

export function addBit(bits: Bits, place: number): void {
  const word = Math.floor(place / perWord);
  bits[word] = (bits[word] ?? 0) | (1 << (place % perWord));
}

export function hasBit(bits: Bits, place: number): boolean {
  return ((bits[Math.floor(place / perWord)] ?? 0) & (1 << (place % perWord))) !== 0;
}

export function intersection(a: Bits, b: Bits): Bits {
  return a.map((word, i) => word & (b[i] ?? 0));
}

export function union(all: readonly Bits[], size: number): Bits {
  const bits = noBits(size);
  for (const each of all) for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] ?? 0) | (each[i] ?? 0);
  return bits;
}

export function countBits(bits: Bits): number {
  let count = 0;
  for (let word of bits) for (; word !== 0; word &= word - 1) count++;
  return count;
}

/** Ascending. */
export function placesOf(bits: Bits): number[] {
  const places: number[] = [];
  for (const [i, word] of bits.entries())
    for (let bit = 0; bit < perWord; bit++) if ((word & (1 << bit)) !== 0) places.push(i * perWord + bit);
  return places;
}
