import { Suspense } from 'react'

import { firstPlane, pixelSize } from '../../model/slide'
import { type ShareTarget, orderOf } from '../../model/shares'
import { viewToFragment } from '../../model/viewlink'
import { MembersDialog } from '../members/MembersButton'
import { ShareDialog } from '../shares/ShareButton'
import type { OpenViewer } from './OpenViewer'
import type { Series } from './useSeries'

export type Managing = 'share' | 'members' | null

interface Props {
  shown: 'share' | 'members'
  open: OpenViewer
  series: Series | null
  onClose: () => void
}

/** Who may see the open slide: its members, and links for people without an account. */
export function ManageDialogs({ shown, open: { slide, viewer }, series, onClose }: Props) {
  const { slide_id: id, case_id: caseId, case_name: caseName, name } = slide
  const own: ShareTarget = { kind: 'slide', id, name }
  const whole: ShareTarget[] = caseId === null ? [] : [{ kind: 'case', id: caseId, name: caseName ?? '' }]
  return (
    <Suspense fallback={null}>
      {shown === 'members' ? (
        <MembersDialog scope={{ kind: 'slide', id }} name={name} onClose={onClose} />
      ) : (
        <ShareDialog
          targets={[own, ...whole]}
          startOf={() => ({
            slideId: id,
            view: viewToFragment(viewer.view(), pixelSize(slide), firstPlane(slide)),
            order: orderOf(series?.slides ?? []),
          })}
          onClose={onClose}
        />
      )}
    </Suspense>
  )
}
