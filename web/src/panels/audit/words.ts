import type { AuditRecord } from '../../api/audit'
import { t } from '../../i18n'

/** Who did it, in words; without an address and a person it was the server itself. */
export function whoOf(record: Pick<AuditRecord, 'person' | 'principal' | 'address'>): string {
  return record.person ?? record.principal ?? (record.address === null ? t('audit.server') : t('audit.unknown'))
}

/** What it happened to: its name for those who may see it, else kind and id. */
export function objectOf(record: Pick<AuditRecord, 'object_kind' | 'object_id' | 'object_name'>): string {
  return [record.object_kind, record.object_name ?? record.object_id].filter((part) => part !== null).join(' ')
}
