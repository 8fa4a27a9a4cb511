/** What the tabs of one person on one slide tell each other: what was added, what became of it, how sending goes. */
import type { Job, OpResult } from '../model/annotations/types'

/** Why sending does not go on. */
export type Trouble = { readonly reason: 'offline' | 'signed_out'; readonly since: number } | null

export type TabMessage =
  | { readonly type: 'added'; readonly jobs: readonly Job[] }
  | { readonly type: 'settled'; readonly results: readonly OpResult[]; readonly jobs: readonly Job[] }
  | { readonly type: 'layer_refused'; readonly layer_id: string }
  | { readonly type: 'dropped'; readonly ids: readonly string[] }
  | { readonly type: 'trouble'; readonly trouble: Trouble }
  /** A change was tried to be sent at once. */
  | { readonly type: 'retry' }

/** The id of a job over all tabs. */
export function idOf(job: Job): string {
  return job.kind === 'op' ? job.op.op_id : job.layer.layer_id
}

export class Tabs {
  private readonly channel: BroadcastChannel | null

  constructor(scope: string, hear: (message: TabMessage) => void) {
    this.channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(`coverslip.outbox:${scope}`)
    if (this.channel !== null) this.channel.onmessage = ({ data }: MessageEvent<TabMessage>) => hear(data)
  }

  say(message: TabMessage): void {
    this.channel?.postMessage(message)
  }

  close(): void {
    this.channel?.close()
  }
}
