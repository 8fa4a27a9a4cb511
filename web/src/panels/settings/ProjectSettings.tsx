import { useEffect, useState } from 'react'

import { isAbort } from '../../api/problem'
import { type ProjectSettings as Settings, getSettings, saveSettings } from '../../api/projects'
import type { Project } from '../../api/slides'
import { t } from '../../i18n'
import { forgetRules } from '../cases/useRules'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Tabs, panelOf } from '../shell/Tabs'
import { CsvPanel } from './CsvPanel'
import { PatternEditor } from './PatternEditor'
import { SchemaEditor } from './SchemaEditor'
import style from './Settings.module.css'

const SECTIONS = ['fields', 'names', 'csv'] as const
type Section = (typeof SECTIONS)[number]

interface Props {
  project: Project
  /** Slides or their fields may be others now. */
  onChanged: () => void
  onClose: () => void
}

/** What a project asks of its slides: fields, file names, tables of values. */
export function ProjectSettings({ project, onChanged, onClose }: Props) {
  const [section, setSection] = useState<Section>('fields')
  const [settings, setSettings] = useState<Settings | null>(null)
  const [error, setError] = useState<unknown>(null)
  const { project_id: projectId } = project

  useEffect(() => {
    const controller = new AbortController()
    getSettings(projectId, controller.signal).then(setSettings, (failure: unknown) => {
      if (!isAbort(failure)) setError(failure)
    })
    return () => controller.abort()
  }, [projectId])

  const save = async (change: Partial<Settings>): Promise<void> => {
    if (settings === null) return
    const { metadata_schema, pattern, default_stain } = { ...settings, ...change }
    setSettings(await saveSettings(projectId, { metadata_schema, pattern, default_stain }))
    forgetRules(projectId)
    onChanged()
  }
  return (
    <Dialog wide title={t('settings.title', { name: project.name })} onClose={onClose}>
      <Tabs
        id="settings"
        label={t('settings.sections')}
        names={SECTIONS}
        chosen={section}
        textOf={(name) => t(`settings.${name}`)}
        onChoose={setSection}
      />
      <div {...panelOf('settings', section)} className={style.panel}>
        {error !== null && <ErrorNotice compact error={error} title={t('settings.failed')} />}
        {(settings?.inherited_from ?? null) !== null && section !== 'csv' && (
          <p className={style.note}>{t('settings.inherited')}</p>
        )}
        {settings !== null && section === 'fields' && (
          <SchemaEditor rules={settings.metadata_schema} onSave={(rules) => save({ metadata_schema: rules })} />
        )}
        {settings !== null && section === 'names' && (
          <PatternEditor
            projectId={projectId}
            saved={settings.pattern}
            onSave={(pattern) => save({ pattern })}
            onApplied={onChanged}
          />
        )}
        {section === 'csv' && <CsvPanel projectId={projectId} onWritten={onChanged} />}
      </div>
    </Dialog>
  )
}
