import { useState } from 'react'

import type { ShareState } from '../api/shares'
import { t } from '../i18n'
import { ProofDialog } from '../panels/account/ProofDialog'
import { ShareLinks } from '../panels/shares/ShareLinks'
import style from '../panels/shares/Shares.module.css'
import { Frame } from '../panels/shell/Frame'
import form from '../panels/shell/Form.module.css'

const STATES = ['active', 'ended', 'all'] as const satisfies readonly ShareState[]

/** Every share link that I may manage; an administrator sees those of the house. */
export function Shares() {
  const [state, setState] = useState<ShareState>('active')
  return (
    <Frame title={t('shares.page')}>
      <p className={form.text}>{t('shares.pageText')}</p>
      <fieldset className={style.choices}>
        <legend className="cs-unseen">{t('shares.which')}</legend>
        {STATES.map((one) => (
          <label key={one} className={form.check}>
            <input type="radio" name="which-links" checked={state === one} onChange={() => setState(one)} />
            {t(`shares.which.${one}`)}
          </label>
        ))}
      </fieldset>
      <ShareLinks key={state} state={state} />
      <ProofDialog />
    </Frame>
  )
}
