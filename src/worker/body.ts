// Request bodies, read up to a cap.

import { readCappedText } from "../inference/body.ts";
import { ProblemError } from "./problem.ts";

/** The body as text. @throws ProblemError 413 as soon as it is known to be over `maxBytes`. */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const declared = Number(request.headers.get("content-length") ?? "0");
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const text = await readCappedText(request.body, maxBytes);
  if (text === undefined) throw tooLarge(maxBytes);
  return text;
}

function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError(413, "body_too_large", "Body too large", `The body may hold ${maxBytes} bytes.`);
}
