import { useEffect, useState } from 'react'

import { t } from '../../i18n'
import { PauseIcon, PlayIcon } from './icons'
import { useViewer } from './OpenViewer'
import { ToolButton } from './ToolButton'

/** A time point stays this long, and until its picture is complete. */
const STEP_MS = 300

/** Runs through the time points, round and round, until it is pressed again. */
export function PlayButton() {
  const { viewer, slide } = useViewer()
  const [playing, setPlaying] = useState(false)
  useEffect(() => {
    if (!playing) return undefined
    const clock = setInterval(() => {
      const { waiting, choice } = viewer.state.get()
      if (waiting === 0) viewer.choose({ time: (choice.time + 1) % slide.t_count })
    }, STEP_MS)
    return () => clearInterval(clock)
  }, [playing, viewer, slide.t_count])
  return (
    <ToolButton label={t(playing ? 'memory.pause' : 'memory.play')} onClick={() => setPlaying(!playing)}>
      {playing ? <PauseIcon /> : <PlayIcon />}
    </ToolButton>
  )
}
