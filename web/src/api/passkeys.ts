/** Passkeys: what the server says as JSON, what the browser wants as bytes, and back. */
/** What a browser's passkey needs, as JSON with binary in base64url. */
export type PasskeyOptions = Readonly<Record<string, unknown>>

/** Whether this browser knows passkeys, and the address allows them: they belong to a name, never to a bare IP address. */
export function passkeysWork(): boolean {
  if (typeof window === 'undefined' || !('PublicKeyCredential' in window)) return false
  return window.isSecureContext && !/^([\d.]+|\[.*\])$/.test(window.location.hostname)
}

/** Make a passkey for the person who is signed in. */
export async function makePasskey(options: PasskeyOptions): Promise<Record<string, unknown>> {
  const publicKey = fromJson(options) as PublicKeyCredentialCreationOptions
  return toJson(await navigator.credentials.create({ publicKey }))
}

/** Let the person show a passkey. */
export async function showPasskey(options: PasskeyOptions): Promise<Record<string, unknown>> {
  const publicKey = fromJson(options) as PublicKeyCredentialRequestOptions
  return toJson(await navigator.credentials.get({ publicKey }))
}

/** True when the person closed the browser's window for passkeys, or it waited too long. */
export function isGivenUp(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError')
}

/** True when the authenticator has a passkey of this person already. */
export function isKnownAlready(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'InvalidStateError'
}

/** Names whose values are bytes, in both directions. */
const BYTES = new Set(['challenge', 'id'])

function fromJson(value: unknown, name = '', parent = ''): unknown {
  if (typeof value === 'string' && BYTES.has(name) && parent !== 'rp') return bytesOf(value)
  if (Array.isArray(value)) return value.map((part) => fromJson(part, '', name))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fromJson(part, key, name)]))
}

function toJson(credential: Credential | null): Record<string, unknown> {
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('', 'NotAllowedError')
  const { response } = credential
  const said: Record<string, unknown> = { clientDataJSON: textOf(response.clientDataJSON) }
  if (response instanceof AuthenticatorAttestationResponse) {
    said['attestationObject'] = textOf(response.attestationObject)
    said['transports'] = response.getTransports()
  } else if (response instanceof AuthenticatorAssertionResponse) {
    said['authenticatorData'] = textOf(response.authenticatorData)
    said['signature'] = textOf(response.signature)
    said['userHandle'] = response.userHandle === null ? null : textOf(response.userHandle)
  }
  return {
    id: credential.id,
    rawId: textOf(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: said,
  }
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(window.atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))
}

export function textOf(bytes: ArrayBuffer): string {
  const letters = String.fromCharCode(...new Uint8Array(bytes))
  return window.btoa(letters).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}
