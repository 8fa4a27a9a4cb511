/** What a person did and wants: places, coverage, bookmarks, presets. */
import { answer, answerOrNull, client, done } from './client'
import { withoutAccount } from './guest'
import type { components } from './schema'

type Schemas = components['schemas']
export type Place = Schemas['PlaceOut']
export type PlaceIn = Schemas['PlaceIn']
export type Coverage = Schemas['CoverageOut']
export type Bookmark = Schemas['BookmarkOut']
export type BookmarkIn = Schemas['BookmarkIn']
export type BookmarkPatch = Schemas['BookmarkPatch']
export type Preset = Schemas['PresetOut']
export type PresetIn = Schemas['PresetIn']

// Nothing is kept of what somebody did behind whom no account stands.

/** No person asked for these: they keep no session alive. They outlive the page that sends them. */
const BEHIND = { headers: { 'X-Coverslip-Background': '1' }, keepalive: true }

const pathOf = (slideId: string) => ({ path: { slide_id: slideId } })

/** Where the person left a slide; null when they never opened it. */
export async function getPlace(slideId: string, signal?: AbortSignal): Promise<Place | null> {
  if (withoutAccount()) return null
  return answerOrNull(client.GET('/api/v1/slides/{slide_id}/place', { params: pathOf(slideId), signal: signal ?? null }))
}

export async function putPlace(slideId: string, place: PlaceIn): Promise<void> {
  if (withoutAccount()) return
  await answer(client.PUT('/api/v1/slides/{slide_id}/place', { params: pathOf(slideId), body: place, ...BEHIND }))
}

/** Which of up to 500 slides the person has opened. */
export async function listOpened(slideIds: readonly string[]): Promise<readonly string[]> {
  if (withoutAccount()) return []
  const query = { slide_id: [...slideIds] }
  return (await answer(client.GET('/api/v1/viewing/opened', { params: { query } }))).opened
}

export function getCoverage(slideId: string, signal?: AbortSignal): Promise<Coverage> {
  return answer(client.GET('/api/v1/slides/{slide_id}/coverage', { params: pathOf(slideId), signal: signal ?? null }))
}

export function addCoverage(slideId: string, cells: readonly number[], cellPx: number): Promise<void> {
  if (withoutAccount()) return Promise.resolve()
  const body = { cells: [...cells], cell_px: cellPx }
  return done(client.POST('/api/v1/slides/{slide_id}/coverage', { params: pathOf(slideId), body, ...BEHIND }))
}

export async function listBookmarks(slideId: string, signal?: AbortSignal): Promise<readonly Bookmark[]> {
  const params = pathOf(slideId)
  return (await answer(client.GET('/api/v1/slides/{slide_id}/bookmarks', { params, signal: signal ?? null }))).items
}

export function addBookmark(slideId: string, body: BookmarkIn): Promise<Bookmark> {
  return answer(client.POST('/api/v1/slides/{slide_id}/bookmarks', { params: pathOf(slideId), body }))
}

export function changeBookmark(bookmarkId: string, body: BookmarkPatch): Promise<Bookmark> {
  return answer(client.PATCH('/api/v1/bookmarks/{bookmark_id}', { params: { path: { bookmark_id: bookmarkId } }, body }))
}

export function deleteBookmark(bookmarkId: string): Promise<void> {
  return done(client.DELETE('/api/v1/bookmarks/{bookmark_id}', { params: { path: { bookmark_id: bookmarkId } } }))
}

/** The presets of a slide and of its project. */
export async function listPresets(slideId: string, signal?: AbortSignal): Promise<readonly Preset[]> {
  const query = { slide_id: slideId }
  return (await answer(client.GET('/api/v1/presets', { params: { query }, signal: signal ?? null }))).items
}

export function addPreset(body: PresetIn): Promise<Preset> {
  return answer(client.POST('/api/v1/presets', { body }))
}

export function deletePreset(presetId: string): Promise<void> {
  return done(client.DELETE('/api/v1/presets/{preset_id}', { params: { path: { preset_id: presetId } } }))
}
