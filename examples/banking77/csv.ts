// Comma-separated values as in RFC 4180: fields may be quoted, and then hold commas, line breaks and doubled quotes.

/** The records of a CSV text, the header included. Blank lines are left out. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = 0;
  while (at < text.length) {
    const field = text[at] === '"' ? quotedField(text, at + 1) : plainField(text, at);
    record.push(field.value);
    at = field.end;
    if (text[at] === ",") {
      at++;
      if (at < text.length) continue;
      record.push("");
    }
    if (record.length > 1 || record[0] !== "") records.push(record);
    record = [];
    if (text[at] === "\r") at++;
    if (text[at] === "\n") at++;
  }
  return records;
}

function plainField(text: string, start: number): { value: string; end: number } {
  let end = start;
  while (end < text.length && !",\r\n".includes(text.charAt(end))) end++;
  return { value: text.slice(start, end), end };
}

function quotedField(text: string, start: number): { value: string; end: number } {
  let value = "";
  let at = start;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return { value: value + text.slice(at), end: text.length };
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    at = quote + 2;
  }
  return { value, end: text.length };
}
