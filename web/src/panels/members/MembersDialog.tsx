import { useCallback, useState } from 'react'

import { type Scope, type Subject, listMembers } from '../../api/members'
import { t } from '../../i18n'
import { ProofDialog } from '../account/ProofDialog'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Tabs, panelOf } from '../shell/Tabs'
import { useLoaded } from '../shell/useLoaded'
import { Effective } from './Effective'
import { MemberEntries } from './MemberEntries'
import style from './Members.module.css'

const SECTIONS = ['entries', 'effective'] as const
type Section = (typeof SECTIONS)[number]

interface Props {
  scope: Scope
  /** What it is called where it was opened. */
  name: string
  onClose: () => void
}

/** Who may do what on a project, a case or a slide, and why. */
export function MembersDialog({ scope, name, onClose }: Props) {
  const { kind, id } = scope
  const [section, setSection] = useState<Section>('entries')
  const [asked, setAsked] = useState<Subject | null>(null)
  const load = useCallback((signal: AbortSignal) => listMembers({ kind, id }, signal), [kind, id])
  const { value: list, error, again, set } = useLoaded(load)
  return (
    <Dialog wide title={t('members.title', { name: list?.object.name ?? name })} onClose={onClose}>
      <Tabs
        id="members"
        label={t('members.title', { name })}
        names={SECTIONS}
        chosen={section}
        textOf={(one) => t(`members.section.${one}`)}
        onChoose={(one) => {
          setSection(one)
          setAsked(null)
        }}
      />
      <div {...panelOf('members', section)} className={style.panel}>
        {error !== null && <ErrorNotice compact error={error} title={t('members.failed')} onRetry={again} />}
        {list !== null && section === 'entries' && (
          <MemberEntries
            scope={scope}
            list={list}
            onList={set}
            onWhy={(subject) => {
              setAsked(subject)
              setSection('effective')
            }}
          />
        )}
        {list !== null && section === 'effective' && <Effective scope={scope} asked={asked} onAsk={setAsked} />}
      </div>
      <ProofDialog />
    </Dialog>
  )
}
