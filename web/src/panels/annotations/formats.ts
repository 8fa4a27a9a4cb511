import { type ExportFormat, EXPORT_FORMATS } from '../../api/exchange'
import { t } from '../../i18n'

export function isExportFormat(format: string): format is ExportFormat {
  return (EXPORT_FORMATS as readonly string[]).includes(format)
}

/** What people call a format; one that this page does not know goes by its own name. */
export function formatText(format: string): string {
  return isExportFormat(format) ? t(`annotations.format.${format}`) : format
}
