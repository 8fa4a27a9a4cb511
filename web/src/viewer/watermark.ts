/** Words across a picture, again and again, so that no part of it goes about without them. */

const SIZE_PX = 17
const LINE_PX = 118
const GAP_PX = 90
const TURN = -Math.PI / 7
const FONT = 'system-ui, sans-serif'

/**
 * Draw `text` across `width` x `height` CSS pixels at `ratio` pixels each. Dark words with a light edge are read on
 * tissue, on glass and on black alike, and hide little.
 */
export function paintWatermark(context: CanvasRenderingContext2D, width: number, height: number, ratio: number, text: string): void {
  if (text === '') return
  context.save()
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.translate(width / 2, height / 2)
  context.rotate(TURN)
  context.font = `600 ${SIZE_PX}px ${FONT}`
  context.textBaseline = 'middle'
  context.textAlign = 'left'
  context.lineJoin = 'round'
  context.lineWidth = 3
  context.strokeStyle = 'rgb(255 255 255 / 34%)'
  context.fillStyle = 'rgb(0 0 0 / 20%)'
  const step = context.measureText(text).width + GAP_PX
  const reach = Math.hypot(width, height) / 2
  for (let row = Math.ceil(-reach / LINE_PX); row * LINE_PX <= reach; row++) {
    // Every other line is shifted: a straight gap between columns would be easily cut out.
    for (let x = -reach - (Math.abs(row) % 2) * (step / 2); x <= reach; x += step) {
      context.strokeText(text, x, row * LINE_PX)
      context.fillText(text, x, row * LINE_PX)
    }
  }
  context.restore()
}
