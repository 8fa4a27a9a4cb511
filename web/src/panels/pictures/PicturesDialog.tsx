import { useState } from 'react'

import { t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import { AreaForm } from './AreaForm'
import { Choice } from './Choice'
import { ExportList } from './ExportList'
import style from './pictures.module.css'
import { identity } from '../../api/identity'
import { useViewer } from '../viewer/OpenViewer'
import type { Frame } from './useFrame'
import { ViewForm } from './ViewForm'
import { WholeForm } from './WholeForm'

const WHAT = ['view', 'area', 'slide'] as const
type What = (typeof WHAT)[number]

interface Props {
  frame: Frame
  onClose: () => void
  say: (text: string) => void
}

/** What was chosen last stays chosen while the page is open: drawing a rectangle closes the dialog in between. */
let last: What = 'view'

/** Everything that can be taken away from a slide, in one place. */
export function PicturesDialog({ frame, onClose, say }: Props) {
  const { slide } = useViewer()
  const offered = WHAT.filter((value) => value === 'view' || slide.rights.includes('export'))
  const [what, setWhat] = useState<What>(offered.includes(last) ? last : 'view')
  const [identityOff, setIdentityOff] = useState(identity.get)
  const common = { identityOff, onDone: onClose, say }
  return (
    <Dialog title={t('pictures.title')} onClose={onClose}>
      <div className={style.body}>
        <Choice
          legend={t('pictures.what')}
          name="pictures-what"
          options={offered.map((value) => ({ value, label: t(`pictures.what.${value}`) }))}
          value={what}
          onChange={(value) => {
            last = value
            setWhat(value)
          }}
        />
        <label className={style.check}>
          <input type="checkbox" checked={identityOff} onChange={(event) => setIdentityOff(event.currentTarget.checked)} />
          {t('pictures.identityOff')}
        </label>
        {what === 'view' && <ViewForm {...common} />}
        {what === 'area' && <AreaForm {...common} frame={frame} />}
        {what === 'slide' && <WholeForm identityOff={identityOff} />}
        {what !== 'view' && <ExportList quietWhenEmpty />}
      </div>
    </Dialog>
  )
}
