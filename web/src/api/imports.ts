import { answer, client, done } from './client'
import type { components } from './schema'

export type Root = components['schemas']['RootOut']
/** What a rule says, whatever its folder. */
export type RuleSays = Required<components['schemas']['RulePatch']>
/** What becomes of the slides at and below a folder. */
export interface FolderRule extends RuleSays {
  readonly rule_id: string
  readonly folder: string
}

/** All served folders and how far their registration is. */
export async function listRoots(signal?: AbortSignal): Promise<Root[]> {
  return (await answer(client.GET('/api/v1/imports/roots', { signal: signal ?? null }))).items
}

/** Show a folder of the server in place. */
export function addRoot(path: string): Promise<Root> {
  return answer(client.POST('/api/v1/imports/roots', { body: { path } }))
}

/** Show the sample slide that comes with Coverslip. */
export function addSample(): Promise<Root> {
  return answer(client.POST('/api/v1/imports/sample'))
}

/** Look at a served folder now, instead of within the minute. */
export function scanRoot(rootId: string): Promise<Root> {
  return answer(client.POST('/api/v1/imports/roots/{root_id}/scan', { params: { path: { root_id: rootId } } }))
}

/** What becomes of slides by the folder they arrive in. */
export async function listRules(signal?: AbortSignal): Promise<FolderRule[]> {
  const { items } = await answer(client.GET('/api/v1/imports/rules', { signal: signal ?? null }))
  return items.map(ruleOf)
}

export async function createRule(folder: string, says: RuleSays): Promise<FolderRule> {
  return ruleOf(await answer(client.POST('/api/v1/imports/rules', { body: { folder, ...says } })))
}

export async function changeRule(ruleId: string, body: RuleSays): Promise<FolderRule> {
  const params = { path: { rule_id: ruleId } }
  return ruleOf(await answer(client.PATCH('/api/v1/imports/rules/{rule_id}', { params, body })))
}

export function deleteRule(ruleId: string): Promise<void> {
  return done(client.DELETE('/api/v1/imports/rules/{rule_id}', { params: { path: { rule_id: ruleId } } }))
}

function ruleOf(one: components['schemas']['RuleOut']): FolderRule {
  const { rule_id, folder, project_id = null, pattern = null, stain = null } = one
  return { rule_id, folder, project_id, pattern, stain }
}
