import { useEffect, useRef } from 'react'

import { t } from '../../i18n'
import type { Point } from '../../model/frame'
import { pixelSize, planeNumber } from '../../model/slide'
import { drawingActions, sizedByKey, wantsKey } from '../../tools/annotate/keys'
import type { ToolId } from '../../tools/tool'
import { listenToKeys } from '../../viewer/keys'
import { isDrawingAction, type KeyAction } from '../../viewer/keyTable'
import { asVisitor, withoutAccount } from '../../api/guest'
import { toggleIdentity } from '../identity/IdentityFrame'
import type { OpenViewer } from './OpenViewer'
import { bookmarksShown } from './bookmarks'
import { preferences } from './preferences'
import { zoomSteps } from './ZoomBar'

/** What actions need from the page around the viewer. */
export interface ActionSurroundings {
  toggleLabel: () => void
  showHelp: () => void
  showPictures: () => void
  /** Where on the screen, or null for the middle of the picture. */
  showMenu: (at: Point | null) => void
  toggleFullScreen: () => void
  previous: () => void
  next: () => void
  toggleStrip: () => void
  /** Give up what floats above the slide; false when there was nothing. */
  cancel: () => boolean
  /** Change the number of panes by this. */
  panes: (by: 1 | -1) => void
  step: (by: 1 | -1) => void
  pick: () => void
  toggleLock: () => void
  align: () => void
  /** Begin or end showing the other stain. */
  flicker: (on: boolean) => void
  say: (text: string) => void
}

const QUARTER = Math.PI / 2
const SMALL_TURN = Math.PI / 36
const ZOOM_STEP = 1.5
/** Arrow keys move by this share of the viewport. */
const PAN_SHARE = 0.2
/** One field on: a little of the last one stays in sight. */
const FIELD_SHARE = 0.9
const PAN_MS = 120

type Actions = Readonly<Record<KeyAction, () => void>>

export function actionsOf({ viewer, toolbox, slide }: OpenViewer, around: ActionSurroundings): Actions {
  const steps = zoomSteps(slide)
  const step = (i: number) => () => viewer.camera.zoomTo(steps[i]?.resolution ?? 1)
  const pan = (dx: number, dy: number, share = PAN_SHARE) => () => {
    const { width, height } = viewer.state.get().viewport
    viewer.camera.pan(dx * width * share, dy * height * share, PAN_MS)
  }
  const toggle = (name: 'overview' | 'readout' | 'display') => () => preferences.set({ [name]: !preferences.get()[name] })
  const measure = (tool: ToolId) => () => {
    if (pixelSize(slide) === null) around.say(t('viewer.measureNeedsScale'))
    else toolbox.choose(tool)
  }
  const choice = () => viewer.state.get().choice
  return {
    objective1: step(0),
    objective2: step(1),
    objective4: step(2),
    objective10: step(3),
    objective20: step(4),
    objective40: step(5),
    fit: () => viewer.fit(),
    zoomIn: () => viewer.zoomBy(ZOOM_STEP),
    zoomOut: () => viewer.zoomBy(1 / ZOOM_STEP),
    panLeft: pan(-1, 0),
    panRight: pan(1, 0),
    panUp: pan(0, -1),
    panDown: pan(0, 1),
    fieldLeft: pan(-1, 0, FIELD_SHARE),
    fieldRight: pan(1, 0, FIELD_SHARE),
    fieldUp: pan(0, -1, FIELD_SHARE),
    fieldDown: pan(0, 1, FIELD_SHARE),
    drag: () => toolbox.rest(true),
    move: () => toolbox.choose(null),
    rotateLeft: () => viewer.rotateBy(-QUARTER),
    rotateRight: () => viewer.rotateBy(QUARTER),
    turnLeft: () => viewer.rotateBy(-SMALL_TURN),
    turnRight: () => viewer.rotateBy(SMALL_TURN),
    flipHorizontal: () => viewer.camera.flip('horizontal'),
    flipVertical: () => viewer.camera.flip('vertical'),
    reset: () => viewer.reset(),
    planeUp: () => viewer.choose({ plane: planeNumber(slide, choice().plane) + 1 }),
    planeDown: () => viewer.choose({ plane: planeNumber(slide, choice().plane) - 1 }),
    timeBack: () => viewer.choose({ time: choice().time - 1 }),
    timeForward: () => viewer.choose({ time: choice().time + 1 }),
    ruler: measure('ruler'),
    area: measure('area'),
    fields: measure('fields'),
    magnifier: () => viewer.magnifier.press(),
    ...drawingActions(toolbox),
    cancel: () => {
      if (around.cancel()) return
      if (viewer.magnifier.state.get().on) viewer.magnifier.toggle(false)
      else toolbox.escape()
    },
    overview: toggle('overview'),
    label: around.toggleLabel,
    display: toggle('display'),
    colour: () => viewer.choose({ managed: !choice().managed }),
    readout: toggle('readout'),
    seen: () => preferences.set(preferences.get().seen ? { seen: false } : { seen: true, overview: true }),
    bookmark: () => bookmarksShown.set({ adding: true }),
    bookmarks: () => bookmarksShown.set({ list: !bookmarksShown.get().list }),
    pictures: around.showPictures,
    identity: toggleIdentity,
    link: () => {
      navigator.clipboard.writeText(window.location.href).then(
        () => around.say(t('viewer.linkCopied')),
        () => around.say(t('viewer.linkRefused')),
      )
    },
    fullScreen: around.toggleFullScreen,
    previous: around.previous,
    next: around.next,
    menu: () => around.showMenu(null),
    strip: around.toggleStrip,
    panesMore: () => around.panes(1),
    panesFewer: () => around.panes(-1),
    // With a brush in hand the brackets are its size.
    panePrevious: () => {
      if (!sizedByKey(toolbox, -1)) around.step(-1)
    },
    paneNext: () => {
      if (!sizedByKey(toolbox, 1)) around.step(1)
    },
    panePick: around.pick,
    lock: around.toggleLock,
    align: around.align,
    flicker: () => around.flicker(true),
    help: around.showHelp,
  }
}

/** What belongs to an account, or to the house: not for guests of a share link, nor for visitors. */
const NOT_FOR_GUESTS: ReadonlySet<KeyAction> = new Set(['label', 'bookmark', 'bookmarks', 'seen', 'identity', 'link', 'align'])

/** Whether somebody who is here by an account or by a link, or as a visitor, may do this. */
export function offered(action: KeyAction): boolean {
  // The address of what is public opens for everybody; that of a share is nobody's to hand on.
  if (action === 'link' && asVisitor()) return true
  return !withoutAccount() || !NOT_FOR_GUESTS.has(action)
}

type Run = (action: KeyAction) => void

/**
 * One function that does everything buttons and keys can ask for, and one for letting go of what is held; keys
 * are bound to them while shown.
 */
export function useActions(open: OpenViewer, around: ActionSurroundings): { run: Run; release: Run } {
  const run = (action: KeyAction): void => actionsOf(open, around)[action]()
  const release = (action: KeyAction): void => {
    if (action === 'flicker') around.flicker(false)
    if (action === 'peek') open.toolbox.drawing?.document.setPeek(false)
    if (action === 'drag') open.toolbox.rest(false)
    if (action === 'magnifier') open.viewer.magnifier.release()
  }
  const wanted = (action: KeyAction): boolean => offered(action) && (!isDrawingAction(action) || wantsKey(action, open.toolbox))
  const latest = useRef({ run, release, wanted })
  useEffect(() => {
    latest.current = { run, release, wanted }
  })
  useEffect(() => {
    const held = latest
    return listenToKeys(
      (action) => held.current.run(action),
      (action) => held.current.release(action),
      (action) => held.current.wanted(action),
    )
  }, [])
  return { run, release }
}
