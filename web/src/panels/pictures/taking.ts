import type { SlideDetail } from '../../api/slides'
import { type ShotSize, shotScale } from '../../model/pictures'
import { withResolution } from '../../model/png'
import { Store } from '../../model/store'
import { type CaptionChoice, paintCaption } from '../../viewer/caption'
import { capture, type View } from '../../viewer/capture'
import { contextOf } from '../../viewer/paint'
import type { OverlayKind } from '../../viewer/viewer'
import { paintStyle } from '../viewer/colours'
import type { OpenViewer } from '../viewer/OpenViewer'

export function catalogued(slide: SlideDetail): { caseName: string; block: string; stain: string } {
  const block = [slide.part, slide.block].filter((word) => word !== null && word !== '').join(' ')
  return { caseName: slide.case_name ?? '', block, stain: slide.stain ?? '' }
}

/** Case, block, stain and name in one line, each once. */
export function identityLine(slide: SlideDetail): string {
  const { caseName, block, stain } = catalogued(slide)
  return [caseName, block, stain, slide.name].filter((word) => word !== '').join(' · ')
}

export function viewOf({ viewer }: OpenViewer): View {
  const { camera, viewport, choice } = viewer.state.get()
  return { slide: viewer.slide, choice, camera, viewport }
}

/** Whether pictures and print show what was drawn; the last choice counts. */
export const pictureChoice = new Store<{ annotations: boolean }>({ annotations: true })

/** What is left out of pictures: hands and handles always. */
export function leftOut(): readonly OverlayKind[] {
  return pictureChoice.get().annotations ? ['hands'] : ['hands', 'annotations', 'results']
}

/** The view as a canvas, sharp, with what is drawn above it and a caption. */
export async function takePicture(
  open: OpenViewer,
  ratio: number,
  caption: CaptionChoice,
  signal: AbortSignal,
): Promise<HTMLCanvasElement> {
  const view = viewOf(open)
  const above = document.createElement('canvas')
  above.width = Math.max(1, Math.round(view.viewport.width * ratio))
  above.height = Math.max(1, Math.round(view.viewport.height * ratio))
  open.viewer.paintOverlays(contextOf(above), ratio, leftOut())
  const canvas = await capture(view, ratio, paintStyle(), signal)
  const context = contextOf(canvas)
  context.drawImage(above, 0, 0)
  paintCaption(context, view, ratio, caption)
  return canvas
}

/** The view as a PNG that says its resolution. */
export async function takePng(
  open: OpenViewer,
  size: ShotSize,
  caption: CaptionChoice,
  signal: AbortSignal,
): Promise<Blob> {
  const { ratio, dpi } = shotScale(size)
  const canvas = await takePicture(open, ratio, caption, signal)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (blob === null) throw new Error('the browser made no PNG')
  return new Blob([withResolution(new Uint8Array(await blob.arrayBuffer()), dpi)], { type: 'image/png' })
}
