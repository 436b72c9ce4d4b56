// Which parts of plain data somebody reads, and in which parts two pieces of plain data differ.

/** The same data; every part of it that is read is noted in `reads`, as `a.b.0`. */
export function watched<T extends object>(data: T, reads: Set<string>, path = ""): T {
  return new Proxy(data, {
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver);
      if (typeof key === "symbol" || !Object.hasOwn(target, key)) return value;
      const place = path === "" ? key : `${path}.${key}`;
      reads.add(place);
      return typeof value === "object" && value !== null ? watched(value, reads, place) : value;
    },
  });
}

/** Where two pieces of plain data differ, as `a.b.0`. */
export function differences(one: unknown, other: unknown, path = ""): string[] {
  if (Object.is(one, other)) return [];
  if (!isHolder(one) || !isHolder(other)) return [path];
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].flatMap((key) => differences(one[key], other[key], path === "" ? key : `${path}.${key}`));
}

function isHolder(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
