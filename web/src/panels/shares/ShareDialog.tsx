import { useState } from 'react'

import type { ShareMade as Made } from '../../api/shares'
import { t } from '../../i18n'
import type { ShareStart, ShareTarget } from '../../model/shares'
import { ProofDialog } from '../account/ProofDialog'
import { Dialog } from '../shell/Dialog'
import { Tabs, panelOf } from '../shell/Tabs'
import { NewShare } from './NewShare'
import { ShareLinks } from './ShareLinks'
import { ShareMade } from './ShareMade'
import style from './Shares.module.css'

const SECTIONS = ['new', 'links'] as const
type Section = (typeof SECTIONS)[number]

interface Props {
  /** What can be shared from here, the likeliest first. */
  targets: readonly [ShareTarget, ...ShareTarget[]]
  /** Where the recipient begins: asked for when the link is made. */
  startOf?: () => ShareStart
  onClose: () => void
}

/** Make a link for somebody without an account, and see which links there are. */
export function ShareDialog({ targets, startOf, onClose }: Props) {
  const [section, setSection] = useState<Section>('new')
  const [target, setTarget] = useState(targets[0])
  const [made, setMade] = useState<{ link: Made; password: string | null } | null>(null)
  return (
    <Dialog wide title={t('shares.title', { name: target.name })} onClose={onClose}>
      <Tabs
        id="shares"
        label={t('shares.title', { name: target.name })}
        names={SECTIONS}
        chosen={section}
        textOf={(one) => t(`shares.section.${one}`)}
        onChoose={setSection}
      />
      <div {...panelOf('shares', section)} className={style.panel}>
        {section === 'new' && made !== null && (
          <ShareMade made={made.link} password={made.password} onAnother={() => setMade(null)} onDone={onClose} />
        )}
        {/* Whoever looks at the links meanwhile finds what they typed. */}
        <div hidden={section !== 'new' || made !== null}>
          <NewShare
            key={made?.link.share.share_id ?? ''}
            target={target}
            targets={targets}
            startOf={startOf}
            onTarget={setTarget}
            onMade={(link, password) => setMade({ link, password })}
          />
        </div>
        {section === 'links' && <ShareLinks objectId={target.id} />}
      </div>
      <ProofDialog />
    </Dialog>
  )
}
