/** Calls of routes whose answers are typed by hand, because they are not worth a generated client or are too large for one. */
import { csrfHeaders, raw } from './client'
import { guestHeaders } from './guest'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Send and read JSON; failures are `ApiError`s as everywhere. */
export async function json<T>(method: Method, address: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await raw(address, {
    method,
    headers: {
      ...guestHeaders(),
      ...(method === 'GET' ? { 'X-Coverslip-Background': '1' } : csrfHeaders()),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
  return (response.status === 204 ? undefined : await response.json()) as T
}

/** Send a file as it is. */
export async function sendBytes<T>(address: string, file: Blob, signal?: AbortSignal): Promise<T> {
  const response = await raw(address, {
    method: 'POST',
    headers: { ...guestHeaders(), ...csrfHeaders(), 'Content-Type': 'application/octet-stream' },
    body: file,
    ...(signal === undefined ? {} : { signal }),
  })
  return (await response.json()) as T
}
