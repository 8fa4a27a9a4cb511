import { ActionIcon } from '@mantine/core'
import type { ReactNode } from 'react'

import type { CaseSummary } from '../../api/cases'
import type { SlideSummary } from '../../api/slides'
import { t } from '../../i18n'
import { Attachments } from '../cases/Attachments'
import { CaseFields } from '../cases/CaseFields'
import { FieldsForm } from '../cases/FieldsForm'
import { Dialog } from '../shell/Dialog'
import { Icon } from '../shell/icons'
import style from './Panes.module.css'
import { SlideDetails } from './SlideDetails'
import type { Editing } from './SlideTable'
import { useWide } from './useWide'

/** What the pane is about. */
export type Subject =
  | { readonly kind: 'slide'; readonly slide: SlideSummary; readonly address: string }
  | { readonly kind: 'slides'; readonly slides: readonly SlideSummary[] }
  | { readonly kind: 'case'; readonly one: CaseSummary; readonly onChanged: () => void }
  | { readonly kind: 'none' }

interface Props {
  subject: Subject
  editing: Editing
  onClose: () => void
}

/** The details of what is selected, to read and to edit: a pane, or a drawer where there is no room. */
export function DetailsPane({ subject, editing, onClose }: Props) {
  const wide = useWide()
  const inside = <Inside subject={subject} editing={editing} />
  const title = titleOf(subject)
  if (!wide) {
    return subject.kind === 'none' ? null : (
      <Dialog title={title} side="right" closeLabel={t('details.close')} onClose={onClose}>
        <div className={style.scroll}>{inside}</div>
      </Dialog>
    )
  }
  return (
    <aside className={style.details} aria-label={t('details.title')}>
      <div className={style.head}>
        <h2 className={style.title}>{title}</h2>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('details.close')} onClick={onClose}>
          <Icon name="close" />
        </ActionIcon>
      </div>
      <div className={style.scroll}>{inside}</div>
    </aside>
  )
}

function titleOf(subject: Subject): string {
  switch (subject.kind) {
    case 'slides':
      return t('fields.of', { count: subject.slides.length })
    case 'case':
      return t('cases.fields')
    default:
      return t('details.title')
  }
}

function Inside({ subject, editing }: { subject: Subject; editing: Editing }): ReactNode {
  const { edits, knownStains, knownTags } = editing
  switch (subject.kind) {
    case 'none':
      return <p className={style.quiet}>{t('details.none')}</p>
    case 'slides':
      return (
        <FieldsForm
          // Others selected: what was typed for the former ones is not meant for them.
          key={subject.slides.map((slide) => slide.slide_id).join(' ')}
          slides={subject.slides}
          edits={edits}
          knownStains={knownStains}
          knownTags={knownTags}
        />
      )
    case 'case':
      return (
        <>
          <CaseFields
            key={subject.one.case_id}
            one={subject.one}
            edits={edits}
            knownTags={knownTags}
            onChanged={subject.onChanged}
          />
          <Attachments key={`files ${subject.one.case_id}`} owner={{ kind: 'case', id: subject.one.case_id }} />
        </>
      )
    case 'slide':
      return (
        <SlideDetails
          key={subject.slide.slide_id}
          slide={subject.slide}
          address={subject.address}
          fields={
            <FieldsForm slides={[subject.slide]} edits={edits} knownStains={knownStains} knownTags={knownTags} />
          }
          attachments={<Attachments owner={{ kind: 'slide', id: subject.slide.slide_id }} />}
        />
      )
  }
}
