import { useEffect, useState } from 'react'

import { t } from '../i18n'
import { identityText } from '../model/caseFacts'
import { Desk, deskFromFragment } from '../model/desk'
import { knownDetail } from '../model/details'
import { Footer } from '../panels/shell/Footer'
import { useApp } from '../panels/shell/useApp'
import { Watermark } from '../panels/share/Watermark'
import guestStyle from '../panels/share/Guest.module.css'
import { useGuest } from '../panels/shell/session'
import { useTitle } from '../panels/shell/useTitle'
import { Chrome } from '../panels/viewer/Chrome'
import { EmbedChrome } from '../panels/viewer/EmbedChrome'
import { FilmStrip } from '../panels/viewer/FilmStrip'
import { OpenDesk, OpenDeskContext } from '../panels/viewer/openDesk'
import { OpenViewerProvider } from '../panels/viewer/OpenViewer'
import { Panes } from '../panels/viewer/Panes'
import { preferences } from '../panels/viewer/preferences'
import { goToSlide } from '../panels/viewer/TopBar'
import { useSelected } from '../panels/viewer/useSelected'
import { useSeries } from '../panels/viewer/useSeries'
import style from '../panels/viewer/viewer.module.css'
import { embedded } from '../shell/embed'
import { currentPlace } from '../shell/navigation'

/** One slide or several, filling the window. */
export function Viewer({ slideId }: { slideId: string }) {
  const [openDesk] = useState(() => new OpenDesk(new Desk(deskFromFragment(currentPlace().hash, slideId))))
  useEffect(() => openDesk.start(), [openDesk])
  const app = useApp()
  const guest = useGuest()
  const { desk, opens } = openDesk
  const { panes, active } = useSelected(desk, (state) => state)
  const open = useSelected(opens, (state) => state.panes)
  // An empty pane has nothing for the tools to act on; then they stay with the one beside it.
  const shown = open.get(active) ?? (panes.find(({ id }) => id === active)?.slideId === null ? openDesk.partner : null)
  const current = panes.find(({ id }) => id === active)?.slideId ?? shown?.open.slide.slide_id ?? null
  const slide = shown?.open.slide ?? (current === null ? null : knownDetail(current))
  const wanted = useSelected(preferences, (value) => value.strip)
  const series = useSeries(current, slide, wanted === true || panes.length > 1)
  const strip = series !== null && (wanted ?? ((guest !== null || series.caseName !== null) && series.total > 1))
  useTitle(guest !== null ? null : slide === null ? t('viewer.page') : identityText(slide))
  return (
    <main className={style.page} data-several={panes.length > 1 || undefined}>
      <OpenDeskContext value={openDesk}>
        <Panes />
        {guest !== null && guest.watermark !== null && (
          <div className={guestStyle.markPlace}>
            <Watermark text={guest.watermark} />
          </div>
        )}
        {shown !== null && (
          <OpenViewerProvider open={shown.open}>
            {embedded() ? <EmbedChrome /> : <Chrome shown={shown} series={series} stripShown={strip} />}
          </OpenViewerProvider>
        )}
        {strip && !embedded() && <FilmStrip series={series} onOpen={goToSlide} />}
      </OpenDeskContext>
      <Footer app={app} />
    </main>
  )
}
