import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'

import { saveBlob } from '../../api/exports'
import { ApiError, isAbort } from '../../api/problem'
import { formatDimensions, t } from '../../i18n'
import { pictureName, SHOT_SIZES, type ShotSize, shotScale } from '../../model/pictures'
import { NOT_SHARP } from '../../viewer/capture'
import { useGuest } from '../shell/session'
import { ErrorNotice } from '../shell/ErrorNotice'
import { useStore } from '../shell/useStore'
import { useViewer } from '../viewer/OpenViewer'
import { Pick } from './Choice'
import style from './pictures.module.css'
import { identityLine, pictureChoice, takePng } from './taking'

interface Props {
  identityOff: boolean
  onDone: () => void
  say: (text: string) => void
}

/** A screenshot of the view, to a file or to the clipboard. */
export function ViewForm({ identityOff, onDone, say }: Props) {
  const open = useViewer()
  const watermark = useGuest()?.watermark ?? null
  const [size, setSize] = useState<ShotSize>('1x')
  const [bar, setBar] = useState(true)
  const [magnification, setMagnification] = useState(true)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const ending = useRef(new AbortController())
  useEffect(() => {
    const controller = new AbortController()
    ending.current = controller
    return () => controller.abort()
  }, [])
  const { annotations } = useStore(pictureChoice)
  const { viewport, camera } = open.viewer.state.get()
  const { ratio } = shotScale(size)

  const png = (): Promise<Blob> => {
    setBusy(true)
    setError(null)
    const caption = { scaleBar: bar, magnification, name: identityOff ? null : identityLine(open.slide), watermark }
    return takePng(open, size, caption, ending.current.signal)
  }
  const settle = (work: Promise<void>): void => {
    work
      .catch((failure: unknown) => {
        if (!isAbort(failure)) setError(failure)
      })
      .finally(() => setBusy(false))
  }
  const save = (): void =>
    settle(
      png().then((blob) => {
        const name = pictureName(open.slide, camera.resolution, 'png', identityOff, new Date())
        saveBlob(blob, name)
        say(t('pictures.saved', { name }))
        onDone()
      }),
    )
  const copy = (): void => {
    // The promise goes into the clipboard's item: waiting first would end the permission that the click gave.
    const picture = png()
    settle(
      navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]).then(
        () => {
          say(t('pictures.copied'))
          onDone()
        },
        async (refused: unknown) => {
          await picture // what kept it from being made, if that is the reason
          throw refused instanceof Error ? new Refused() : refused
        },
      ),
    )
  }
  return (
    <form
      className={style.form}
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <p className={style.hint}>{t('pictures.viewHint')}</p>
      <Pick
        legend={t('pictures.size')}
        options={SHOT_SIZES.map((value) => ({ value, label: t(`pictures.size.${value}`) }))}
        value={size}
        onChange={setSize}
      />
      <label className={style.check}>
        <input type="checkbox" checked={bar} onChange={(event) => setBar(event.currentTarget.checked)} />
        {t('pictures.scaleBar')}
      </label>
      <label className={style.check}>
        <input type="checkbox" checked={magnification} onChange={(event) => setMagnification(event.currentTarget.checked)} />
        {t('pictures.magnification')}
      </label>
      <label className={style.check}>
        <input
          type="checkbox"
          checked={annotations}
          onChange={(event) => pictureChoice.set({ annotations: event.currentTarget.checked })}
        />
        {t('pictures.annotations')}
      </label>
      <p className={style.size} role="status">
        {busy
          ? t('pictures.sharpening')
          : formatDimensions(Math.round(viewport.width * ratio), Math.round(viewport.height * ratio))}
      </p>
      {error !== null && <Problem error={error} />}
      <div className={style.end}>
        <Button variant="default" disabled={busy} onClick={copy}>
          {t('pictures.copy')}
        </Button>
        <Button type="submit" loading={busy}>
          {t('pictures.save')}
        </Button>
      </div>
    </form>
  )
}

/** The browser keeps pictures out of the clipboard. */
class Refused extends Error {}

function Problem({ error }: { error: unknown }) {
  const sentence =
    error instanceof Refused
      ? t('pictures.copyRefused')
      : error instanceof ApiError && error.code === NOT_SHARP
        ? t('pictures.notSharp')
        : error instanceof ApiError && error.code === 'too_large'
          ? t('pictures.tooLargeHere')
          : null
  return sentence === null ? (
    <ErrorNotice error={error} compact />
  ) : (
    <p className={style.problem} role="alert">
      {sentence}
    </p>
  )
}
