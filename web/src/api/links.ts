import { answer, client } from './client'
import type { components } from './schema'
import { keepSession, type SecondFactor, type Session } from './session'

type Schemas = components['schemas']
/** What a link is for; looking changes nothing. */
export type LinkFacts = Schemas['LinkInfoOut']
export type LinkUse = Omit<Schemas['LinkUse'], 'token'>
export type Registration = Schemas['Registration']
export type RegistrationState = Schemas['RegistrationOut']['state']

export function lookAtLink(token: string, signal?: AbortSignal): Promise<LinkFacts> {
  return answer(client.POST('/api/v1/links/look', { body: { token }, signal: signal ?? null }))
}

export async function acceptLink(token: string, use: LinkUse): Promise<Session | SecondFactor> {
  return keepSession(await answer(client.POST('/api/v1/links/use', { body: { token, ...use } })))
}

/** Ask for an account; the answer is the same whether or not such a person exists. */
export async function register(body: Registration): Promise<RegistrationState> {
  return (await answer(client.POST('/api/v1/registration', { body }))).state
}
