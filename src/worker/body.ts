// Request bodies, read up to a cap.

import { ProblemError } from "./problem.ts";

/** The body as text. @throws ProblemError 413 as soon as it is known to be over `maxBytes`. */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const declared = Number(request.headers.get("content-length") ?? "0");
  if (declared > maxBytes) throw tooLarge(maxBytes);
  if (!request.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError(413, "body_too_large", "Body too large", `The body may hold ${maxBytes} bytes.`);
}
