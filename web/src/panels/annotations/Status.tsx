import { useGuest } from '../shell/session'
import { Bell } from '../notices/Bell'
import { usePresence } from './context'
import { People } from './People'
import { SaveChip } from './SaveChip'
import style from './status.module.css'

/** In the head of the viewer: is everything saved, who is here, what is new. */
export function Status() {
  const guest = useGuest() !== null
  const notices = usePresence((state) => state.notices)
  return (
    <div className={style.status}>
      <SaveChip />
      <People />
      {!guest && <Bell pushed={notices.length} />}
    </div>
  )
}
