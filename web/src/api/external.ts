import { answer, client, setCsrfToken } from './client'
import type { components } from './schema'
import { type SecondFactor, type Session, keepSession } from './session'

type Schemas = components['schemas']
/** An account that is kept elsewhere, by which people sign in. */
export type ProviderChoice = Schemas['ProviderChoice']

/** Where this browser signs in; it comes back to `next`. */
export async function beginExternal(name: string, next: string): Promise<string> {
  return (await answer(client.POST('/api/v1/session/external/{name}', { params: { path: { name } }, body: { next } }))).url
}

/** Where somebody who is signed in shows again that it is them. */
export async function beginExternalProof(name: string, next: string): Promise<string> {
  return (await answer(client.POST('/api/v1/session/external/{name}/prove', { params: { path: { name } }, body: { next } }))).url
}

/** This browser came back, and the second factor is missing. */
export async function takeExternalStep(): Promise<{ answered: Session | SecondFactor; next: string }> {
  const { answer: answered, next } = await answer(client.POST('/api/v1/session/external-step'))
  return { answered: keepSession(answered), next }
}

/** Sign in as whom the proxy in front names. */
export async function signInByHeader(): Promise<Session | SecondFactor> {
  return keepSession(await answer(client.POST('/api/v1/session/header')))
}

/** Sign out here; the answer is where to go then: to sign out of the provider too, or to the sign-in page. */
export async function signOutEverywhere(): Promise<string> {
  const { url } = await answer(client.POST('/api/v1/session/sign-out'))
  setCsrfToken(null)
  return url ?? '/signin'
}
