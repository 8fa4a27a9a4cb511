/** Changes on slides that are not open any more: how they reach the server. */
import { makeLayer, sendOps } from '../api/annotations'
import { openOutbox, scopeOf, waitingSlides } from './outbox'
import { type Post, Sender } from './sender'
import { Tabs } from './tabs'

/** How one slide's changes are sent. */
export function postFor(slideId: string, guestName: () => string | undefined): Post {
  return {
    ops: (ops, signal) => sendOps(slideId, ops, guestName(), signal),
    layer: ({ layer: { layer_id, name, visibility } }, signal) => makeLayer(slideId, { layer_id, name, visibility }, guestName(), signal),
  }
}

/** Changes on other slides that could not be sent when they were left: any page of the person brings them on their way. */
export async function sendForgotten(viewerKey: string, but: string): Promise<void> {
  const { host } = window.location
  for (const slideId of (await waitingSlides(host, viewerKey)).keys()) {
    if (slideId === but) continue
    const scope = scopeOf(host, viewerKey, slideId)
    const outbox = await openOutbox(scope)
    const tabs = new Tabs(scope, ({ type }) => {
      if (type === 'added' || type === 'retry') sender.poke()
    })
    const sender: Sender = new Sender(scope, outbox, postFor(slideId, () => undefined), {
      settled: (results, jobs) => tabs.say({ type: 'settled', results, jobs }),
      layerRefused: ({ layer }) => tabs.say({ type: 'layer_refused', layer_id: layer.layer_id }),
      trouble: (trouble) => tabs.say({ type: 'trouble', trouble }),
    })
    sender.finish()
    void sender.start().finally(() => {
      tabs.close()
      outbox.close()
    })
  }
}
