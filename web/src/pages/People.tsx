import { useState } from 'react'

import { t } from '../i18n'
import { ProofDialog } from '../panels/account/ProofDialog'
import { GroupsPanel } from '../panels/people/GroupsPanel'
import { InvitationsPanel } from '../panels/people/InvitationsPanel'
import { PeoplePanel } from '../panels/people/PeoplePanel'
import { SignInPanel } from '../panels/people/SignInPanel'
import { Frame } from '../panels/shell/Frame'
import form from '../panels/shell/Form.module.css'
import { Tabs, panelOf } from '../panels/shell/Tabs'
import { useSession } from '../panels/shell/session'

const SECTIONS = ['people', 'groups', 'invitations', 'signIn'] as const
type Section = (typeof SECTIONS)[number]

/** Everybody who has an account, their groups, and who was invited. */
export function People() {
  const { viewer } = useSession()
  const [section, setSection] = useState<Section>('people')
  return (
    <Frame title={t('people.title')}>
      {viewer.is_admin ? (
        <>
          <Tabs
            id="people"
            label={t('people.title')}
            names={SECTIONS}
            chosen={section}
            textOf={(name) => t(`people.section.${name}`)}
            onChoose={setSection}
          />
          <div {...panelOf('people', section)}>
            {section === 'people' && <PeoplePanel />}
            {section === 'groups' && <GroupsPanel />}
            {section === 'invitations' && <InvitationsPanel />}
            {section === 'signIn' && <SignInPanel />}
          </div>
        </>
      ) : (
        <p className={form.text}>{t('people.notYours')}</p>
      )}
      <ProofDialog />
    </Frame>
  )
}
