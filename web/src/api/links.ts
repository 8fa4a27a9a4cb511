import { ask } from './ask'
import { keepSession, type SecondFactor, type Session } from './session'

/** What a link is for; looking changes nothing. */
export interface LinkFacts {
  kind: 'invitation' | 'reset' | 'registration'
  name: string | null
  /** Fixed where it is given, else the person chooses. */
  user_name: string | null
  email: string | null
  expires_at: string
  invited_by: string | null
  terms_version: string | null
}

export interface LinkUse {
  password: string
  user_name?: string
  name?: string
  terms_version?: string | null
}

export function lookAtLink(token: string, signal?: AbortSignal): Promise<LinkFacts> {
  return ask('POST', '/links/look', { body: { token }, signal })
}

export async function acceptLink(token: string, use: LinkUse): Promise<Session | SecondFactor> {
  return keepSession(await ask<Session | SecondFactor>('POST', '/links/use', { body: { token, ...use } }))
}

export interface Registration {
  name: string
  email: string
  user_name?: string
  password?: string
  note?: string
}

/** Ask for an account; the answer is the same whether or not such a person exists. */
export function register(body: Registration): Promise<{ state: 'mailed' | 'pending' }> {
  return ask('POST', '/registration', { body })
}
