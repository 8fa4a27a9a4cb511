import { Button } from '@mantine/core'
import { type SubmitEvent, useEffect, useState } from 'react'

import { isAbort } from '../../api/problem'
import { addPreset, deletePreset, listPresets, type Preset } from '../../api/viewing'
import { t } from '../../i18n'
import { canonicalStyle, type Style, styleFrom } from '../../model/style'
import { ErrorNotice } from '../shell/ErrorNotice'
import { TrashIcon } from './icons'
import { useViewer, useViewerState } from './OpenViewer'
import { ToolButton } from './ToolButton'
import memory from './memory.module.css'
import piece from './pieces.module.css'

type Scope = 'slide' | 'project'

/** Ways to show the slide that somebody gave a name, for this slide or for its whole project. */
export function Presets() {
  const { slide, viewer } = useViewer()
  const chosen = useViewerState((state) => state.choice.style)
  const [presets, setPresets] = useState<readonly Preset[] | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [name, setName] = useState('')
  const [scope, setScope] = useState<Scope>('slide')
  useEffect(() => {
    const controller = new AbortController()
    listPresets(slide.slide_id, controller.signal).then(setPresets, (failure: unknown) => {
      if (!isAbort(failure)) setError(failure)
    })
    return () => controller.abort()
  }, [slide.slide_id])

  const save = (event: SubmitEvent): void => {
    event.preventDefault()
    if (name.trim() === '') return
    const where = scope === 'slide' ? { slide_id: slide.slide_id } : { project_id: slide.project_id }
    setError(null)
    addPreset({ name: name.trim(), style: styleObject(chosen), ...where }).then((saved) => {
      setPresets((before) => [...(before ?? []).filter((one) => one.preset_id !== saved.preset_id), saved])
      setName('')
    }, setError)
  }
  const remove = (preset: Preset): void => {
    setError(null)
    deletePreset(preset.preset_id).then(() => setPresets((before) => (before ?? []).filter((one) => one !== preset)), setError)
  }

  return (
    <section className={memory.presets} aria-label={t('memory.presets')}>
      <h3>{t('memory.presets')}</h3>
      {error !== null && <ErrorNotice error={error} title={t('memory.presetFailed')} compact />}
      {presets !== null && presets.length === 0 && <p className={piece.quiet}>{t('memory.presetsNone')}</p>}
      <ul className={memory.list}>
        {presets?.map((preset) => (
          <li key={preset.preset_id} className={memory.entryHead}>
            <button
              type="button"
              className={memory.go}
              aria-label={t('memory.presetApply', { name: preset.name })}
              aria-pressed={same(chosen, preset)}
              onClick={() => viewer.choose({ style: styleOf(preset) })}
            >
              {preset.name}
              {preset.project_id !== null && <small> · {t('memory.presetProject')}</small>}
            </button>
            <ToolButton label={t('memory.presetDelete', { name: preset.name })} onClick={() => remove(preset)}>
              <TrashIcon />
            </ToolButton>
          </li>
        ))}
      </ul>
      <form className={memory.presetForm} onSubmit={save}>
        <input
          type="text"
          autoComplete="off"
          maxLength={200}
          aria-label={t('memory.presetName')}
          placeholder={t('memory.presetName')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <select
          aria-label={t('memory.presetFor')}
          value={scope}
          onChange={(event) => setScope(event.currentTarget.value === 'project' ? 'project' : 'slide')}
        >
          <option value="slide">{t('memory.presetSlide')}</option>
          <option value="project">{t('memory.presetProject')}</option>
        </select>
        <Button size="xs" type="submit" variant="default" disabled={name.trim() === ''}>
          {t('memory.presetSave')}
        </Button>
      </form>
    </section>
  )
}

function styleObject(style: Style | null): Record<string, unknown> {
  const text = style === null ? null : canonicalStyle(style)
  return text === null ? {} : (JSON.parse(text) as Record<string, unknown>)
}

/** The style of a preset; one that asks for nothing is the file's own pixels. */
function styleOf(preset: Preset): Style | null {
  const style = styleFrom(preset.style)
  return style === null || canonicalStyle(style) === null ? null : style
}

function same(chosen: Style | null, preset: Preset): boolean {
  const wanted = styleOf(preset)
  const text = (style: Style | null) => (style === null ? null : canonicalStyle(style))
  return text(chosen) === text(wanted)
}
