// Takes secrets out of text that others wrote, before it is stored or passed on: providers repeat keys in their errors.

const MASK = "[redacted]";
/** Shorter "secrets" are placeholders of local servers; masking them would spoil ordinary words. */
const MIN_SECRET_CHARS = 6;
const MIN_TOKEN_CHARS = 16;

/** What known kinds of keys begin with. */
const KEY_PREFIXES = ["sk-", "sk_", "gsk_", "AIza", "xai-", "cfut_"];
const BEARER = "bearer ";

/**
 * The text without the given secrets, and without anything that looks like a key (`sk-…`, `gsk_…`, `AIza…`) or
 * follows `Bearer`. Secrets are also found as they stand inside JSON strings and URLs. Takes linear time.
 */
export function redactSecrets(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length < MIN_SECRET_CHARS) continue;
    const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())];
    for (const form of new Set(forms)) clean = clean.replaceAll(form, MASK);
  }
  return redactTokens(clean);
}

function redactTokens(text: string): string {
  let out = "";
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const start = at > 0 && isWordChar(text.charCodeAt(at - 1)) ? -1 : tokenStart(text, at);
    if (start < 0) {
      at++;
      continue;
    }
    const end = tokenEnd(text, start);
    if (end - start >= MIN_TOKEN_CHARS) {
      out += text.slice(copied, start) + MASK;
      copied = end;
    }
    at = Math.max(end, at + 1);
  }
  return out + text.slice(copied);
}

/** Where a token begins that is announced at `at`: there itself for a key's prefix, after the word for `Bearer`; -1 when none is. */
function tokenStart(text: string, at: number): number {
  if (KEY_PREFIXES.some((prefix) => text.startsWith(prefix, at))) return at;
  return text.slice(at, at + BEARER.length).toLowerCase() === BEARER ? at + BEARER.length : -1;
}

function tokenEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && isTokenChar(text.charCodeAt(end))) end++;
  return end;
}

/** Letters, digits and `-._~+/=*`, the last because keys come back half masked with stars. */
function isTokenChar(code: number): boolean {
  return isWordChar(code) || ".~+/=*".includes(String.fromCharCode(code));
}

/** What a key never begins after: `task-…` holds no key. */
function isWordChar(code: number): boolean {
  const isDigit = code >= 48 && code <= 57;
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return isDigit || isLetter || code === 45 || code === 95;
}
