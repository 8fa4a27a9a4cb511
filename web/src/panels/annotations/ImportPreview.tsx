import { useEffect, useRef, useState } from 'react'

import { thumbnailUrl } from '../../api/slides'
import { formatCount, t } from '../../i18n'
import * as shapes from '../../model/annotations/shapes'
import type { ImportReport } from '../../api/exchange'
import type { Geometry } from '../../model/annotations/types'
import { UNCLASSIFIED } from '../../viewer/annotations/layer'
import { useAnnotations } from './context'
import style from './dialogs.module.css'

const SIZE = 512

/** Where the objects of a file would lie: a wrong frame is seen at once. */
export function ImportPreview({ geometries, total }: { geometries: ImportReport['preview']; total: number }) {
  const { slide } = useAnnotations()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [ready, setReady] = useState(0)
  const width = slide.width ?? 1
  const height = slide.height ?? 1
  const scale = SIZE / Math.max(width, height)
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (context === null || context === undefined) return
    context.clearRect(0, 0, SIZE, SIZE)
    for (const { geometry, colour } of geometries) {
      context.strokeStyle = 'rgb(0 0 0 / 70%)'
      context.lineWidth = 3.5
      draw(context, geometry, scale)
      context.strokeStyle = colour ?? UNCLASSIFIED
      context.lineWidth = 1.6
      draw(context, geometry, scale)
    }
  }, [geometries, scale, ready])
  return (
    <figure className={style.preview}>
      <div className={style.previewBox}>
        <img src={thumbnailUrl(slide.slide_id, slide.version, SIZE)} alt="" onLoad={() => setReady((before) => before + 1)} />
        <canvas ref={canvas} width={Math.round(width * scale)} height={Math.round(height * scale)} role="img" aria-label={t('annotations.preview')} />
      </div>
      <figcaption>
        {geometries.length < total
          ? t('annotations.previewSome', { shown: formatCount(geometries.length), count: total })
          : t('annotations.preview')}
      </figcaption>
    </figure>
  )
}

function draw(context: CanvasRenderingContext2D, geometry: Geometry, scale: number): void {
  context.beginPath()
  switch (geometry.kind) {
    case 'point':
    case 'text':
      context.arc(geometry.at[0] * scale, geometry.at[1] * scale, 2, 0, 2 * Math.PI)
      break
    case 'multipoint':
      for (const [x, y] of geometry.points) context.rect(x * scale - 1, y * scale - 1, 2, 2)
      break
    case 'line':
    case 'arrow':
    case 'polyline':
      geometry.points.forEach(([x, y], i) => (i === 0 ? context.moveTo(x * scale, y * scale) : context.lineTo(x * scale, y * scale)))
      break
    default:
      for (const rings of shapes.toPolygons(geometry))
        for (const ring of rings) {
          ring.forEach(([x, y], i) => (i === 0 ? context.moveTo(x * scale, y * scale) : context.lineTo(x * scale, y * scale)))
          context.closePath()
        }
  }
  context.stroke()
}
