/** Tumour boards over HTTP. Names of patients come with them, so they pass the veil of `client` like all lists. */
import { answer, client, done } from './client'

export interface BoardCamera {
  readonly x: number
  readonly y: number
  readonly resolution: number
  readonly rotation: number
  readonly mirrored: boolean
}

export interface BoardPane {
  readonly slide_id: string
  readonly camera: BoardCamera
  /** The style of the tile addresses as an object; null for the file's own pixels. */
  readonly look: Readonly<Record<string, unknown>> | null
}

/** A stop to be kept; one that is there is named by its id and stays as it is when nothing else is said. */
export interface StopIn {
  readonly stop_id?: string
  readonly case_id?: string | null
  readonly panes?: readonly BoardPane[]
  readonly layers?: readonly string[]
  readonly note?: string
  readonly hide_identity?: boolean
}

export interface Stop {
  readonly stop_id: string
  /** Not for whoever asks: nothing else of it is said. */
  readonly hidden: boolean
  readonly case_id: string | null
  readonly case_name: string | null
  readonly slide_names: readonly string[]
  readonly panes: readonly BoardPane[]
  readonly layers: readonly string[]
  readonly note: string
  readonly hide_identity: boolean
}

export interface BoardShort {
  readonly board_id: string
  readonly project_id: string
  readonly title: string
  readonly owner_id: string
  readonly owner_name: string
  readonly stop_count: number
  readonly rev: number
  readonly changed_at: string
  readonly may_change: boolean
}

export interface Board extends BoardShort {
  readonly stops: readonly Stop[]
}

type Plain = (path: string, init: object) => Promise<{ data?: unknown; error?: unknown; response: Response }>
const { GET, POST, PATCH, PUT, DELETE } = client as unknown as Record<'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', Plain>
const PATH = '/api/v1/boards/{board_id}'
const at = (boardId: string) => ({ params: { path: { board_id: boardId } } })

export async function listBoards(projectId?: string, signal?: AbortSignal): Promise<readonly BoardShort[]> {
  const query = projectId === undefined ? {} : { project_id: projectId }
  return ((await answer(GET('/api/v1/boards', { params: { query }, signal: signal ?? null }))) as { items: BoardShort[] }).items
}

export async function getBoard(boardId: string, signal?: AbortSignal): Promise<Board> {
  return (await answer(GET(PATH, { ...at(boardId), signal: signal ?? null }))) as Board
}

export async function makeBoard(body: { project_id: string; title: string; stops?: readonly StopIn[] }): Promise<Board> {
  return (await answer(POST('/api/v1/boards', { body }))) as Board
}

/** `rev` is the one that was seen: two people do not write over each other. */
export async function changeBoard(boardId: string, body: { rev: number; title?: string; stops?: readonly StopIn[] }): Promise<Board> {
  return (await answer(PATCH(PATH, { ...at(boardId), body }))) as Board
}

export async function orderBoard(boardId: string, rev: number, stopIds: readonly string[]): Promise<Board> {
  return (await answer(PUT(`${PATH}/order`, { ...at(boardId), body: { rev, stop_ids: stopIds } }))) as Board
}

export function deleteBoard(boardId: string): Promise<void> {
  return done(DELETE(PATH, at(boardId)))
}

/** The address of the hand-out, a page a stop. */
export function handoutUrl(boardId: string): string {
  return `/api/v1/boards/${encodeURIComponent(boardId)}/handout.pdf`
}
