import type { Right, Subject } from '../../api/members'
import { t } from '../../i18n'
import { Icon } from '../shell/icons'
import style from './Members.module.css'

/** A person or a group, in a line. */
export function SubjectFace({ subject }: { subject: Subject }) {
  return (
    <span className={style.subject}>
      <Icon name={subject.kind === 'group' ? 'group' : 'person'} />
      <span className={style.subjectName}>
        {subject.name}
        <span className={style.quiet}>{subject.kind === 'group' ? t('members.group') : subject.user_name}</span>
      </span>
    </span>
  )
}

/** "sees identity, exports": what somebody may besides their role. */
export function rightsText(rights: readonly Right[]): string {
  return rights.map((right) => t(`right.${right}.short`)).join(', ')
}
