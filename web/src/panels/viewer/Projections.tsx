import { t } from '../../i18n'
import { MOST_PROJECTED, planeNumber } from '../../model/slide'
import { useViewer, useViewerState } from './OpenViewer'
import memory from './memory.module.css'

const CHOICES = ['single', 'max', 'mean'] as const

/** One focal plane, or all of them made one. */
export function Projections() {
  const { slide, viewer } = useViewer()
  const plane = useViewerState((state) => state.choice.plane)
  if (slide.z_count <= 1 || slide.z_count > MOST_PROJECTED) return null
  const chosen = typeof plane === 'number' ? 'single' : plane
  return (
    <label className={memory.field}>
      {t('memory.focus')}
      <select
        value={chosen}
        onChange={(event) => {
          const next = CHOICES.find((one) => one === event.currentTarget.value) ?? 'single'
          viewer.choose({ plane: next === 'single' ? planeNumber(slide, plane) : next })
        }}
      >
        {CHOICES.map((choice) => (
          <option key={choice} value={choice}>
            {t(`memory.focus.${choice}`)}
          </option>
        ))}
      </select>
    </label>
  )
}
