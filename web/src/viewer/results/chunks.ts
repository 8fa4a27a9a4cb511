/** The body of an answer in pieces of a useful size, each a whole number of objects. */
const PIECE_BYTES = 512 * 1024
/** An object's middle is two numbers of 16 bits. */
const OBJECT_BYTES = 4

export async function* chunks(response: Response): AsyncGenerator<ArrayBuffer> {
  const reader = response.body?.getReader()
  if (reader === undefined) return
  let waiting: Uint8Array[] = []
  let size = 0
  const take = (whole: number): ArrayBuffer => {
    const joined = new Uint8Array(size)
    let at = 0
    for (const part of waiting) {
      joined.set(part, at)
      at += part.length
    }
    waiting = [joined.subarray(whole)]
    size -= whole
    return joined.buffer.slice(0, whole)
  }
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    waiting.push(value)
    size += value.length
    if (size >= PIECE_BYTES) yield take(size - (size % OBJECT_BYTES))
  }
  if (size >= OBJECT_BYTES) yield take(size - (size % OBJECT_BYTES))
}
