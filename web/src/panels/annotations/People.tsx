import { t } from '../../i18n'
import type { Peer } from '../../live/presence'
import { Disclosure } from '../shell/Disclosure'
import { Icon } from '../shell/icons'
import small from '../shell/Small.module.css'
import { useAnnotations, usePresence } from './context'
import { goToView } from './look'
import { endMeeting } from './Following'
import { initialsOf, type Present, presentPeople } from './people'
import style from './status.module.css'

/** So many faces beside each other; the rest is a number. */
const MOST_FACES = 4

/** Who looks at this slide now, whom one may follow, and presenting to all of them. */
export function People() {
  const { session } = useAnnotations()
  const state = usePresence((value) => value)
  const { me, clientId, presenter, following, connection, ended } = state
  const people = presentPeople(state.people.values(), me?.id ?? null)
  if (ended !== null) return null
  const faces = people.slice(0, MOST_FACES)
  const presenting = presenter !== null && presenter === clientId
  const label =
    connection === 'online' ? t('annotations.people', { count: people.length }) : t('annotations.peopleOffline')
  return (
    <Disclosure
      label={label}
      className={style.people}
      face={
        <>
          {people.length === 0 && <Icon name="group" size={17} />}
          {faces.map((one) => (
            <Face key={one.client_id} one={one} presents={one.client_id === presenter} />
          ))}
          {people.length > faces.length && <span className={style.moreFaces}>+{people.length - faces.length}</span>}
        </>
      }
    >
      {(close) => (
        <div className={style.peoplePanel}>
          <p className={style.peopleHead}>{label}</p>
          {people.length === 0 && <p className={small.quiet}>{t('annotations.nobodyElse')}</p>}
          <ul>
            {people.map((one) => (
              <PersonRow
                key={one.client_id}
                one={one}
                presents={one.client_id === presenter}
                followed={one.client_id === following}
                iPresent={presenting}
                onDone={close}
              />
            ))}
          </ul>
          <div className={style.peopleActs}>
            {presenting ? (
              <button type="button" className={small.act} onClick={endMeeting}>
                {t('annotations.presentEnd')}
              </button>
            ) : (
              <button
                type="button"
                className={small.act}
                disabled={connection !== 'online' || presenter !== null}
                onClick={() => session.present(true)}
              >
                {t('annotations.present')}
              </button>
            )}
          </div>
        </div>
      )}
    </Disclosure>
  )
}

interface RowProps {
  one: Present
  presents: boolean
  followed: boolean
  iPresent: boolean
  onDone: () => void
}

function PersonRow({ one, presents, followed, iPresent, onDone }: RowProps) {
  const { session, viewer } = useAnnotations()
  const { person, viewport, client_id: clientId } = one
  const look = (): void => {
    if (viewport !== null) goToView(viewer, viewport)
    onDone()
  }
  return (
    <li className={style.personRow}>
      <button type="button" className={style.person} disabled={viewport === null} onClick={look} title={t('annotations.goTo', { name: person.name })}>
        <Face one={one} presents={presents} />
        <span className={style.personName}>
          {person.name}
          {person.guest && ` ${t('annotations.guest')}`}
          {presents && <small>{t('annotations.presents')}</small>}
        </span>
      </button>
      <button
        type="button"
        className={small.act}
        aria-pressed={followed}
        onClick={() => session.follow(followed ? null : clientId)}
      >
        {followed ? t('annotations.unfollow') : t('annotations.follow')}
      </button>
      {iPresent && (
        <button type="button" className={small.act} onClick={() => session.handOver(clientId)}>
          {t('annotations.handOver')}
        </button>
      )}
    </li>
  )
}

function Face({ one: { person }, presents }: { one: Pick<Peer, 'person'>; presents: boolean }) {
  return (
    <span
      className={style.face}
      data-presents={presents || undefined}
      style={{ backgroundColor: person.colour }}
      title={person.name}
      aria-hidden="true"
    >
      {initialsOf(person.name)}
    </span>
  )
}
