/**
 * Panes that move together. Whichever of them somebody moves leads, the others follow to the same tissue; how
 * a pane is turned and flipped stays its own.
 */
import { alignedCamera, apply, type Matrix, scaleOf } from '../model/alignment'
import type { Camera, Point } from '../model/frame'
import { Registration } from '../model/registration'
import { Crosshair } from './crosshair'
import type { Viewer } from './viewer'

interface Member {
  viewer: Viewer
  crosshair: Crosshair
  /** The view after the last change, whoever made it. */
  seen: Camera
  /** A link said what to show here. */
  placed: boolean
  ends: (() => void)[]
}

export class Linking {
  private readonly members = new Map<number, Member>()
  private readonly registration = new Registration()
  private locked = true
  private paused = false
  private following = false

  constructor(locked: boolean) {
    this.locked = locked
  }

  /** The way from one pane to another, in level-0 pixels. */
  between(from: number, to: number): Matrix {
    return this.registration.between(from, to)
  }

  /**
   * Take a pane in. It comes to show what `beside` shows or, if it `leads`, the others what it shows. Where both
   * were `placed` by a link their views stay; where nobody clicked points they also say how the two lie on each other.
   */
  add(id: number, viewer: Viewer, beside: number | null, { placed, leads }: { placed: boolean; leads: boolean }): void {
    const { slide } = viewer
    this.registration.add(id, slide.slide_id, { ...viewer.size, mpp_x: slide.mpp_x, mpp_y: slide.mpp_y }, beside)
    const member: Member = { viewer, crosshair: new Crosshair(viewer), seen: viewer.camera.get(), placed, ends: [] }
    const others = [...this.members.keys()]
    this.members.set(id, member)
    this.setRoaming()
    if (this.locked && leads) for (const other of others) this.settle(other, id)
    else if (this.locked && beside !== null) this.settle(id, beside)
    this.watch(id, member)
  }

  remove(id: number): void {
    const member = this.members.get(id)
    if (member === undefined) return
    for (const end of member.ends) end()
    member.crosshair.close()
    this.members.delete(id)
    this.registration.remove(id)
    this.showPointer(id, null)
    this.setRoaming()
  }

  /** Let panes go each its own way, or together from here on; `leader` stays where it is. */
  setLocked(locked: boolean, leader: number): void {
    if (locked === this.locked) return
    this.locked = locked
    this.setRoaming()
    const lead = this.members.get(leader)
    if (!locked || lead === undefined) return
    // Where nobody clicked points, what lies side by side now is the alignment from here on.
    for (const [id, member] of this.members) {
      if (id === leader) continue
      if (this.tied(id, leader)) this.bring(id, leader)
      else this.registration.trustSight(id, member.viewer.camera.get(), leader, lead.viewer.camera.get())
    }
  }

  /** Let every pane move by itself for a while; then all come back to `leader`, as they lay before. */
  setPaused(paused: boolean, leader: number): void {
    this.paused = paused
    this.setRoaming()
    if (paused || !this.locked) return
    for (const id of this.members.keys()) if (id !== leader) this.bring(id, leader, false)
  }

  /**
   * An alignment of two slides was clicked or loaded; panes that it ties to `leader` come to show the same. With
   * `turn` they are also turned and mirrored like the leader.
   */
  learn(slideId: string, otherId: string, matrix: Matrix, { leader, turn }: { leader: number; turn: boolean }): void {
    this.registration.learn(slideId, otherId, matrix)
    if (!this.locked) return
    for (const id of this.members.keys()) if (id !== leader && this.tied(id, leader)) this.bring(id, leader, turn)
  }

  /** Whether two panes are aligned by points. */
  tied(one: number, other: number): boolean {
    return this.registration.tied(one, other)
  }

  forget(slideId: string, otherId: string): void {
    this.registration.forget(slideId, otherId)
  }

  knows(slideId: string, otherId: string): boolean {
    return this.registration.knows(slideId, otherId)
  }

  close(): void {
    for (const id of [...this.members.keys()]) this.remove(id)
  }

  /** Show in one pane what another shows: the same place and size and, with `turn`, turned and mirrored alike. */
  private bring(id: number, leader: number, turn = true): void {
    const member = this.members.get(id)
    const lead = this.members.get(leader)
    if (member === undefined || lead === undefined) return
    const { rotation, mirrored, ...place } = alignedCamera(this.between(leader, id), lead.viewer.camera.get())
    this.place(member, turn ? { ...place, rotation, mirrored } : place)
  }

  /** Bring a new pane to where it belongs beside another. */
  private settle(id: number, beside: number): void {
    const member = this.members.get(id)
    const anchor = this.members.get(beside)
    if (member === undefined || anchor === undefined) return
    if (member.placed && anchor.placed)
      this.registration.trustSight(id, member.viewer.camera.get(), beside, anchor.viewer.camera.get())
    else this.bring(id, beside)
  }

  private place(member: Member, camera: Partial<Camera>): void {
    this.following = true
    member.viewer.camera.set(camera)
    this.following = false
    member.seen = member.viewer.camera.get()
  }

  private watch(id: number, member: Member): void {
    const { view } = member.viewer.camera
    const moved = () => this.moved(id, member)
    // OpenLayers tells of the mirror, which it does not know, by a plain change only.
    view.on(['propertychange', 'change'] as never, moved)
    let shown: Point | null = null
    const stopPointing = member.viewer.state.subscribe(() => {
      const { pointer } = member.viewer.state.get()
      if (pointer !== shown) this.showPointer(id, pointer)
      shown = pointer
    })
    member.ends.push(() => view.un(['propertychange', 'change'] as never, moved), stopPointing)
  }

  private moved(id: number, member: Member): void {
    if (this.following) return
    const before = member.seen
    const now = member.viewer.camera.get()
    member.seen = now
    if (!this.locked || this.paused || same(before, now)) return
    const turned = before.rotation !== now.rotation || before.mirrored !== now.mirrored
    for (const [other, follower] of this.members) {
      if (other === id) continue
      const way = this.between(id, other)
      this.place(follower, { ...apply(way, now), resolution: now.resolution * scaleOf(way) })
      // Without points what lies on the screen is the alignment: turning a pane turns it against the others.
      if (turned) this.registration.trustSight(id, now, other, follower.seen)
    }
  }

  private showPointer(from: number, pointer: Point | null): void {
    for (const [id, { crosshair }] of this.members)
      if (id !== from) crosshair.show(pointer === null ? null : apply(this.between(from, id), pointer))
  }

  private setRoaming(): void {
    const together = this.locked && !this.paused && this.members.size > 1
    for (const { viewer } of this.members.values()) viewer.camera.roaming = together
  }
}

function same(a: Camera, b: Camera): boolean {
  return a.x === b.x && a.y === b.y && a.resolution === b.resolution && a.rotation === b.rotation && a.mirrored === b.mirrored
}
