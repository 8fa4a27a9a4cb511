import { Button } from '@mantine/core'
import { useCallback, useState } from 'react'

import { type Share, type ShareState, listShares } from '../../api/shares'
import { t } from '../../i18n'
import account from '../account/Account.module.css'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import { ShareRow } from './ShareRow'
import style from './Shares.module.css'

interface Props {
  /** The links of this object; without one all those that I may see. */
  objectId?: string
  state?: ShareState
}

/** Links: who has them, how often they were opened, and the way to change or end them. */
export function ShareLinks({ objectId, state = 'all' }: Props) {
  const load = useCallback(
    (signal: AbortSignal) => listShares({ state, ...(objectId === undefined ? {} : { objectId }) }, signal),
    [objectId, state],
  )
  const { value: page, error, again, set } = useLoaded(load)
  const [last, setLast] = useState<string | null>(null)
  const more = useTask()
  const change = (changed: Share): void => {
    setLast(changed.share_id)
    if (page !== null) set({ ...page, items: page.items.map((one) => (one.share_id === changed.share_id ? changed : one)) })
  }
  const next = page?.next ?? null
  return (
    <>
      {error !== null && <ErrorNotice compact error={error} title={t('shares.listFailed')} onRetry={again} />}
      {page?.items.length === 0 && <p className={style.empty}>{t(objectId === undefined ? 'shares.noneAll' : 'shares.none')}</p>}
      {page !== null && page.items.length > 0 && (
        <ul className={account.list} aria-label={t('shares.section.links')}>
          {page.items.map((share) => (
            <ShareRow
              key={share.share_id}
              share={share}
              withObject={objectId === undefined}
              changed={last === share.share_id}
              onChanged={change}
              onRevoked={again}
            />
          ))}
        </ul>
      )}
      {more.error !== null && <ErrorNotice compact error={more.error} title={t('shares.listFailed')} />}
      {page !== null && next !== null && (
        <div className={form.foot}>
          <Button
            variant="default"
            loading={more.busy}
            onClick={() =>
              more.run(
                () => listShares({ state, after: next, ...(objectId === undefined ? {} : { objectId }) }),
                (found) => set({ ...found, items: [...page.items, ...found.items] }),
              )
            }
          >
            {t('shares.more')}
          </Button>
        </div>
      )}
    </>
  )
}
