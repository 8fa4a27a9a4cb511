import { Button } from '@mantine/core'
import { useState } from 'react'

import { saveBlob, startExport } from '../../api/exports'
import { fetchRegion } from '../../api/region'
import { formatBytes, formatDimensions, t } from '../../i18n'
import { OBJECTIVES } from '../../model/magnification'
import {
  AREA_FORMATS,
  type AreaFormat,
  areaSize,
  areaSuffix,
  downsampleFor,
  insideSlide,
  keepsValues,
  pictureName,
  shownRegion,
} from '../../model/pictures'
import { pixelSize } from '../../model/slide'
import { shownStyle } from '../../viewer/look'
import { ErrorNotice } from '../shell/ErrorNotice'
import { useViewer } from '../viewer/OpenViewer'
import { Choice, Pick } from './Choice'
import style from './pictures.module.css'
import { tellExports } from './exportsStore'
import type { Frame } from './useFrame'

interface Props {
  frame: Frame
  identityOff: boolean
  onDone: () => void
  say: (text: string) => void
}

const SOURCES = ['view', 'frame'] as const

/** A rectangle of the slide at a magnification of its own, as a file. */
export function AreaForm({ frame, identityOff, onDone, say }: Props) {
  const { viewer, slide } = useViewer()
  const [source, setSource] = useState<(typeof SOURCES)[number]>(frame.region === null ? 'view' : 'frame')
  const [format, setFormat] = useState<AreaFormat>('png')
  const [scale, setScale] = useState('native')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const { camera, viewport, choice } = viewer.state.get()
  const chosen = source === 'frame' && frame.region !== null ? insideSlide(viewer.size, frame.region) : null
  const region = source === 'frame' ? chosen : shownRegion(viewer.size, camera, viewport)
  const objective = scale === 'native' ? null : Number(scale)
  const downsample = downsampleFor(slide, objective)
  const bytesPerSample = Number(/\d+$/.exec(slide.dtype ?? 'uint8')?.[0] ?? 8) / 8
  const size = region === null ? null : areaSize(region, downsample, format, { samples: slide.channels.length, bytesPerSample })
  const later = size?.tooLarge === true && format === 'ome-tiff'

  const save = (): void => {
    if (region === null || size === null) return
    const box = { x: region.left, y: region.top, width: region.right - region.left, height: region.bottom - region.top }
    setBusy(true)
    setError(null)
    const work = later
      ? startExport(slide.slide_id, { kind: 'ome-tiff', ...box, objective, identity: !identityOff }).then(() => {
          tellExports()
          say(t('pictures.started'))
        })
      : fetchRegion(slide, {
          x: box.x,
          y: box.y,
          width: size.width,
          height: size.height,
          downsample,
          format,
          style: keepsValues(format) ? null : shownStyle(slide, choice),
          plane: choice.plane,
          time: choice.time,
        }).then((blob) => {
          const name = pictureName(slide, downsample, areaSuffix(format), identityOff, new Date())
          saveBlob(blob, name)
          say(t('pictures.saved', { name }))
          onDone()
        })
    work.catch(setError).finally(() => setBusy(false))
  }

  return (
    <form
      className={style.form}
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <div className={style.row}>
        {frame.region !== null && (
          <Choice
            legend={t('pictures.source')}
            name="pictures-source"
            options={SOURCES.map((value) => ({ value, label: t(`pictures.source.${value}`) }))}
            value={source}
            onChange={setSource}
          />
        )}
        <Button variant="default" onClick={frame.draw}>
          {t('pictures.draw')}
        </Button>
      </div>
      {(camera.rotation !== 0 || camera.mirrored) && <p className={style.hint}>{t('pictures.turnedHint')}</p>}
      <Pick
        legend={t('pictures.format')}
        options={AREA_FORMATS.map((value) => ({ value, label: t(`pictures.format.${value}`) }))}
        value={format}
        onChange={setFormat}
      />
      {pixelSize(slide) !== null && (
        <Pick
          legend={t('pictures.scale')}
          options={[
            { value: 'native', label: t('pictures.scale.native') },
            ...[...OBJECTIVES].reverse().map((one) => ({ value: String(one), label: `${one}x` })),
          ]}
          value={scale}
          onChange={setScale}
        />
      )}
      <p className={style.size} role="status">
        {size === null
          ? t('pictures.outside')
          : t('pictures.about', { size: formatDimensions(size.width, size.height), bytes: formatBytes(size.bytes) })}
      </p>
      {size?.tooLarge === true && (
        <p className={later ? style.hint : style.problem}>{t(later ? 'pictures.inBackground' : 'pictures.tooLarge')}</p>
      )}
      {error !== null && <ErrorNotice error={error} compact />}
      <div className={style.end}>
        <Button type="submit" loading={busy} disabled={size === null || (size.tooLarge && !later)}>
          {t(later ? 'pictures.start' : 'pictures.saveArea')}
        </Button>
      </div>
    </form>
  )
}
