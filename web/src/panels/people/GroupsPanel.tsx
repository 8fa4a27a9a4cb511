import { Button } from '@mantine/core'
import { useCallback, useState } from 'react'

import { type Group, listGroups } from '../../api/people'
import { t } from '../../i18n'
import { useCalm } from '../cases/useRules'
import { ErrorNotice } from '../shell/ErrorNotice'
import input from '../shell/Input.module.css'
import rows from '../shell/Rows.module.css'
import { useLoaded } from '../shell/useLoaded'
import { Chip } from './Chip'
import { GroupDialog } from './GroupDialog'
import style from './People.module.css'

/** Groups: whoever is in one may what it may. */
export function GroupsPanel() {
  const [words, setWords] = useState('')
  const calm = useCalm(words.trim(), 200)
  const { value: groups, error, again } = useLoaded(useCallback((signal: AbortSignal) => listGroups(calm, signal), [calm]))
  const [opened, setOpened] = useState<Group | 'new' | null>(null)
  return (
    <>
      <div className={style.bar}>
        <input
          className={input.input}
          type="search"
          value={words}
          maxLength={100}
          placeholder={t('groups.search')}
          aria-label={t('groups.search')}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <Button size="sm" onClick={() => setOpened('new')}>
          {t('groups.new')}
        </Button>
      </div>
      {error !== null && <ErrorNotice compact error={error} title={t('groups.failed')} onRetry={again} />}
      {groups?.length === 0 && <p className={style.empty}>{t(calm === '' ? 'groups.none' : 'groups.noMatch')}</p>}
      {groups !== null && groups.length > 0 && (
        <ul className={rows.rows} aria-label={t('people.section.groups')}>
          {groups.map((one) => (
            <li key={one.group_id}>
              <button type="button" className={style.person} onClick={() => setOpened(one)}>
                <span className={style.who}>
                  <span className={style.name}>{one.name}</span>
                  <span className={style.quiet}>{one.description}</span>
                </span>
                <span className={style.chips}>
                  {one.source !== 'local' && <Chip tone="quiet">{t('groups.external', { source: one.source })}</Chip>}
                </span>
                <span className={style.seen}>{t('groups.members', { count: one.member_count })}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {opened !== null && (
        <GroupDialog group={opened === 'new' ? null : opened} onMade={setOpened} onChanged={again} onClose={() => setOpened(null)} />
      )}
    </>
  )
}
