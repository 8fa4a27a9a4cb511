import type { CasePatch, CaseSummary } from '../../api/cases'
import type { SlidePatch, SlideSummary } from '../../api/slides'
import { t } from '../../i18n'
import type { Notices } from '../notices'
import { type Readable, Store } from '../store'
import { type Change, changesBy, inBatches, inverseChanges, patched, tagChanges } from './changes'
import type { CaseList, SlideList } from './slideList'

/** The calls of the server that edits need. */
export interface EditApi {
  changeSlides: (slideIds: readonly string[], patch: SlidePatch) => Promise<unknown>
  moveSlides: (slideIds: readonly string[], projectId: string, caseId: string | null) => Promise<unknown>
  copySlides: (slideIds: readonly string[], projectId: string, caseId: string | null) => Promise<string[]>
  trashSlides: (slideIds: readonly string[]) => Promise<unknown>
  restoreSlides: (slideIds: readonly string[]) => Promise<unknown>
  createCase: (body: { project_id: string; name: string }) => Promise<CaseSummary>
  changeCase: (caseId: string, patch: CasePatch) => Promise<unknown>
  trashCase: (caseId: string) => Promise<unknown>
  restoreCase: (caseId: string) => Promise<unknown>
}

/** Where slides are moved or copied to. */
export interface Target {
  readonly projectId: string
  readonly caseId: string | null
  /** What a person calls it. */
  readonly name: string
}

/**
 * Everything people change in the catalogue: shown at once, sent, and remembered for undoing.
 *
 * A change is through when the server has it; the lists are read again behind its back, so that no dialog stays open
 * for that and takes the keys of whoever undoes it at once.
 */
export class Edits {
  private readonly count = new Store({ version: 0 })

  constructor(
    private readonly slides: SlideList,
    private readonly cases: CaseList,
    readonly notices: Notices,
    private readonly api: EditApi,
    /** Called after each change: counts and other lists may differ now. */
    private readonly changed: () => void,
  ) {}

  /** Give slides the same values. The promise fails with the server's sentence, and then nothing has changed. */
  patch(slides: readonly SlideSummary[], patch: SlidePatch, field: string, caseName: string | null = null): Promise<void> {
    const changes = changesBy(slides, () => patch)
    return this.apply(slides, changes, inverseChanges(slides, patch), field, caseName)
  }

  /** Put a tag on slides, or take it off. */
  tag(slides: readonly SlideSummary[], tag: string, on: boolean): Promise<void> {
    const changes = tagChanges(slides, tag, on)
    const touched = new Set(changes.flatMap((change) => change.slideIds))
    const affected = slides.filter((slide) => touched.has(slide.slide_id))
    return this.apply(affected, changes, changesBy(affected, ({ tags }) => ({ tags })), t('cases.field.tags'))
  }

  async move(slides: readonly SlideSummary[], to: Target): Promise<void> {
    const former = new Map<string, SlideSummary[]>()
    for (const slide of slides) {
      const key = `${slide.project_id} ${slide.case_id ?? ''}`
      former.set(key, [...(former.get(key) ?? []), slide])
    }
    await this.each(idsOf(slides), (ids) => this.api.moveSlides(ids, to.projectId, to.caseId))
    this.notices.did({
      text: t('edits.moved', { count: slides.length, where: to.name }),
      undo: async () => {
        for (const group of former.values()) {
          const [first] = group
          if (first === undefined) continue
          await this.each(idsOf(group), (ids) => this.api.moveSlides(ids, first.project_id, first.case_id))
        }
        await this.look()
      },
    })
    void this.look()
  }

  async copy(slides: readonly SlideSummary[], to: Target): Promise<void> {
    const made: string[] = []
    await this.each(idsOf(slides), async (ids) => {
      made.push(...(await this.api.copySlides(ids, to.projectId, to.caseId)))
    })
    this.notices.did({
      text: t('edits.copied', { count: slides.length, where: to.name }),
      undo: () => this.each(made, (ids) => this.api.trashSlides(ids)).then(() => this.look()),
    })
    void this.look()
  }

  async trash(slides: readonly SlideSummary[]): Promise<void> {
    const all = idsOf(slides)
    await this.each(all, (ids) => this.api.trashSlides(ids))
    this.notices.did({
      text: t('edits.trashed', { count: all.length }),
      undo: () => this.each(all, (ids) => this.api.restoreSlides(ids)).then(() => this.look()),
    })
    void this.look()
  }

  async trashCase(one: CaseSummary): Promise<void> {
    await this.api.trashCase(one.case_id)
    this.notices.did({
      text: t('edits.caseTrashed', { name: one.name }),
      undo: () => this.api.restoreCase(one.case_id).then(() => this.look()),
    })
    void this.look()
  }

  /** Make a case and, if slides are given, move them into it. */
  async createCase(projectId: string, name: string, slides: readonly SlideSummary[] = []): Promise<CaseSummary> {
    const made = await this.api.createCase({ project_id: projectId, name })
    if (slides.length > 0) await this.move(slides, { projectId, caseId: made.case_id, name: made.name })
    else {
      this.notices.did({
        text: t('edits.caseCreated', { name: made.name }),
        undo: () => this.api.trashCase(made.case_id).then(() => this.look()),
      })
      void this.look()
    }
    return made
  }

  async patchCase(one: CaseSummary, patch: CasePatch): Promise<void> {
    await this.api.changeCase(one.case_id, patch)
    this.notices.did(
      {
        text: t('edits.caseChanged', { name: one.name }),
        undo: () => this.api.changeCase(one.case_id, formerCase(one, patch)).then(() => this.look()),
      },
      true,
    )
    void this.look()
  }

  /** Counts the changes, for whoever shows something that a change may touch. */
  get state(): Readable<{ version: number }> {
    return this.count
  }

  /** Read the lists again. */
  async look(): Promise<void> {
    this.count.set({ version: this.count.get().version + 1 })
    this.changed()
    await Promise.all([this.slides.refresh(), this.cases.refresh()])
  }

  private async apply(
    slides: readonly SlideSummary[],
    changes: readonly Change[],
    back: readonly Change[],
    field: string,
    caseName: string | null = null,
  ): Promise<void> {
    if (changes.length === 0) return
    const before = new Map(slides.map((slide) => [slide.slide_id, slide]))
    const patches = new Map(changes.flatMap(({ slideIds, patch }) => slideIds.map((id) => [id, patch] as const)))
    this.slides.amend((slide) => {
      const patch = patches.get(slide.slide_id)
      if (patch === undefined) return slide
      const after = patched(slide, patch)
      return 'case_id' in patch ? { ...after, case_name: caseName } : after
    })
    try {
      for (const { slideIds, patch } of changes) await this.api.changeSlides(slideIds, patch)
    } catch (error) {
      this.slides.amend((slide) => before.get(slide.slide_id) ?? slide)
      if (changes.length > 1) void this.look() // an earlier call may have been done
      throw error
    }
    // One changed value is in plain sight; many are worth a sentence and a button.
    this.notices.did(
      {
        text: t('edits.changed', { field, count: slides.length }),
        undo: async () => {
          for (const { slideIds, patch } of back) await this.api.changeSlides(slideIds, patch)
          await this.look()
        },
      },
      slides.length === 1,
    )
    void this.look()
  }

  private async each(ids: readonly string[], call: (ids: string[]) => Promise<unknown>): Promise<void> {
    for (const batch of inBatches(ids)) await call(batch)
  }
}

function idsOf(slides: readonly SlideSummary[]): string[] {
  return slides.map((slide) => slide.slide_id)
}

function formerCase(one: CaseSummary, patch: CasePatch): CasePatch {
  const keys = Object.keys(patch.fields ?? {})
  return {
    ...(patch.name === undefined ? {} : { name: one.name }),
    ...(patch.tags === undefined ? {} : { tags: one.tags }),
    ...(patch.fields === undefined
      ? {}
      : { fields: Object.fromEntries(keys.map((key) => [key, one.fields[key] ?? null])) }),
  }
}
