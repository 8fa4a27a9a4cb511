import { client } from './client'
import { answer, done } from './client'

interface Options {
  path?: Readonly<Record<string, string>>
  query?: Readonly<Record<string, unknown>>
  body?: unknown
  signal?: AbortSignal | undefined
}
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Plain = (address: string, init: object) => Promise<{ data?: unknown; error?: unknown; response: Response }>

const calls = client as unknown as Record<Method, Plain>

function call(method: Method, address: string, { path = {}, query = {}, body, signal }: Options) {
  return calls[method](`/api/v1${address}`, { params: { path, query }, body, signal: signal ?? null })
}

export async function ask<T>(method: Method, address: string, options: Options = {}): Promise<T> {
  return (await answer(call(method, address, options))) as T
}

export function tell(method: Method, address: string, options: Options = {}): Promise<void> {
  return done(call(method, address, options))
}
