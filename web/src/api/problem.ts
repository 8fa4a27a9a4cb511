/** What is wrong with one field of a request; `pointer` is a JSON Pointer. */
export interface FieldProblem {
  pointer: string
  detail: string
}

/** The code of an error in which no server took part. */
export const UNREACHABLE = 'unreachable'
/** The code of an answer that is no problem document. */
export const UNEXPECTED = 'unexpected_answer'

/** An error as the server said it: a stable code, one plain sentence, and the id to look it up by. */
export class ApiError extends Error {
  override readonly name = 'ApiError'

  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly request_id: string | null,
    readonly problems: readonly FieldProblem[] = [],
    readonly retry_after_s: number | null = null,
    /** How often a password may still be tried. */
    readonly tries_left: number | null = null,
  ) {
    super(message)
  }
}

/** Read a failed answer; `body` is its parsed JSON or text, if any. */
export function problemFrom(response: Response, body: unknown): ApiError {
  const said = isRecord(body) ? body : {}
  const retry = Number(response.headers.get('Retry-After') ?? Number.NaN)
  return new ApiError(
    textOf(said['code']) ?? UNEXPECTED,
    textOf(said['detail']) ?? textOf(said['title']) ?? `${response.status} ${response.statusText}`.trim(),
    response.status,
    textOf(said['request_id']) ?? response.headers.get('X-Request-Id'),
    Array.isArray(said['errors']) ? said['errors'].filter(isFieldProblem) : [],
    Number.isFinite(retry) ? retry : null,
    typeof said['tries_left'] === 'number' ? said['tries_left'] : null,
  )
}

/** True for the error of a request that was aborted on purpose. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isFieldProblem(value: unknown): value is FieldProblem {
  return isRecord(value) && typeof value['pointer'] === 'string' && typeof value['detail'] === 'string'
}
