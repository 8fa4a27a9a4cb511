import type { CaseSummary } from '../../api/cases'
import { may } from '../../api/members'
import { t } from '../../i18n'
import { writeField } from '../../model/list/fieldRules'
import { MembersButton } from '../members/MembersButton'
import { ShareButton } from '../shares/ShareButton'
import { Link } from '../shell/Link'
import { Icon } from '../shell/icons'
import style from './CaseHead.module.css'
import { StainChips, TagChips } from './Chips'
import { useRules } from './useRules'

interface Props {
  one: CaseSummary
  projectName: string | null
  /** The address of the list of cases. */
  back: string
  /** Its slides as they are shown. */
  order: readonly string[]
  onEdit: () => void
  onTrash: () => void
}

/** What is known of the open case, in one line above its slides. */
export function CaseHead({ one, projectName, back, order, onEdit, onTrash }: Props) {
  const rules = useRules(one.project_id)
  const facts = Object.entries(one.fields).map(([key, value]) => {
    const rule = rules.find((known) => known.key === key && known.applies_to === 'case')
    return { key, label: rule?.label ?? key, text: writeField(value) }
  })
  return (
    <div className={style.head} role="group" aria-label={t('cases.case')}>
      <Link href={back} className={style.back} aria-label={t('cases.back')} title={t('cases.back')}>
        <Icon name="left" size={16} />
        {t('cases.all')}
      </Link>
      {projectName !== null && <span className={style.project}>{projectName}</span>}
      <StainChips stains={one.stains} />
      <TagChips tags={one.tags} />
      <dl className={style.facts}>
        {facts.map(({ key, label, text }) => (
          <div key={key} className={style.fact}>
            <dt>{label}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <span className={style.actions}>
        {may(one, 'editor') && (
          <button type="button" className={style.action} onClick={onEdit}>
            <Icon name="edit" size={16} />
            {t('cases.fields')}
          </button>
        )}
        <MembersButton scope={{ kind: 'case', id: one.case_id }} one={one} className={style.icon}>
          <Icon name="group" size={16} />
        </MembersButton>
        <ShareButton target={{ kind: 'case', id: one.case_id }} one={one} order={order} className={style.icon}>
          <Icon name="share" size={16} />
        </ShareButton>
        {may(one, 'manager') && (
          <button
            type="button"
            className={style.icon}
            aria-label={t('cases.trash')}
            title={t('cases.trash')}
            onClick={onTrash}
          >
            <Icon name="trash" size={16} />
          </button>
        )}
      </span>
    </div>
  )
}
