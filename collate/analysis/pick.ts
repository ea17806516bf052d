/** Some columns of a row. The names are given once, as a list, so that type and value cannot disagree. */
export function pick<Row extends object, Name extends keyof Row>(row: Row, names: readonly Name[]): Pick<Row, Name> {
  const picked: Partial<Row> = {};
  for (const name of names) picked[name] = row[name];
  if (!hasAll(picked, names)) throw new TypeError(`a row without ${names.join(', ')}`);
  return picked;
}

function hasAll<Row extends object, Name extends keyof Row>(
  picked: Partial<Row>,
  names: readonly Name[],
): picked is Partial<Row> & Pick<Row, Name> {
  return names.every((name) => picked[name] !== undefined);
}
