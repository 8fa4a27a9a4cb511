import { answer, client } from './client'
import type { Person } from './people'
import type { components } from './schema'

type Schemas = components['schemas']
/** Where accounts come from that are not kept here, as the identity file says. */
export type Providers = Schemas['ProvidersOut']
export type Provider = Schemas['ProviderOut']
export type TestStep = Schemas['TestStepOut']
export type TestAnswer = Schemas['ProviderTestOut']

export function listProviders(signal?: AbortSignal): Promise<Providers> {
  return answer(client.GET('/api/v1/people/sign-in', { signal: signal ?? null }))
}

/** Try to sign somebody in, step by step; nobody is signed in by it. */
export function tryProvider(name: string, userName: string, password: string): Promise<TestAnswer> {
  const body = { user_name: userName, ...(password === '' ? {} : { password }) }
  return answer(client.POST('/api/v1/people/sign-in/{name}/test', { params: { path: { name } }, body }))
}

/** Have somebody sign in by their account elsewhere from now on. */
export function linkAccount(personId: string, provider: string, key: string): Promise<Person> {
  const path = { person_id: personId }
  return answer(client.POST('/api/v1/people/{person_id}/link', { params: { path }, body: { provider, key } }))
}
