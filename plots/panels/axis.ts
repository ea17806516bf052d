/** What an axis needs beside its title to be logarithmic and quiet. Vega thins even given values out to `tickCount`. */
export function logAxis(domain: readonly [number, number]): { values: number[]; tickCount: number } {
  const values = logTicks(domain);
  return { values, tickCount: values.length * 2 };
}

/** 1, 2 and 5 times the powers of ten inside a domain: all nine of a decade would be a fence behind the data. */
function logTicks([from, to]: readonly [number, number]): number[] {
  const within = (digits: readonly number[]) => {
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
      for (const digit of digits) ticks.push(Number(`${digit}e${power}`));
    }
    return ticks.filter((tick) => tick >= from && tick <= to);
  };
  const fine = within([1, 2, 5]);
  return fine.length > 8 ? within([1]) : fine;
}
