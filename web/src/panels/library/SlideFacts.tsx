import type { SlideDetail } from '../../api/slides'
import {
  formatBytes,
  formatCount,
  formatDimensions,
  formatLength,
  formatMoment,
  formatObjective,
  formatPixelSize,
  t,
} from '../../i18n'
import style from './SlideDetails.module.css'
import { formatName } from './words'

type Fact = readonly [title: string, value: string]

/** The facts of a slide that people ask for, in the order in which they ask. */
export function SlideFacts({ slide }: { slide: SlideDetail }) {
  return (
    <section className={style.section} aria-label={t('details.facts')}>
      <dl className={style.facts}>
        {[...scaleFacts(slide), ...sourceFacts(slide), ...pixelFacts(slide)].map(([title, value]) => (
          <div key={title} className={style.fact}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {slide.content_sha256 !== null && (
          <div className={style.fact}>
            <dt>{t('fact.checksum')}</dt>
            <dd className={style.checksum}>{slide.content_sha256}</dd>
          </div>
        )}
      </dl>
    </section>
  )
}

function scaleFacts(slide: SlideDetail): Fact[] {
  const { width, height, mpp_x: x, mpp_y: y, objective } = slide
  const facts: Fact[] = []
  if (objective !== null) facts.push([t('fact.objective'), formatObjective(objective, slide.objective_derived)])
  facts.push([t('fact.pixelSize'), pixelSize(slide)])
  if (width === null || height === null) return facts
  facts.push([t('fact.dimensions'), formatDimensions(width, height)])
  if (x !== null && y !== null) {
    facts.push([t('fact.physical'), `${formatLength(width * x)} × ${formatLength(height * y)}`])
  }
  return facts
}

function pixelSize(slide: SlideDetail): string {
  if (slide.mpp_x === null || slide.mpp_y === null) return t('fact.noPixelSize')
  const size = formatPixelSize(slide.mpp_x, slide.mpp_y)
  if (slide.mpp_source !== 'person') return size
  return slide.mpp_entered_by === null
    ? t('fact.entered', { size })
    : t('fact.enteredBy', { size, name: slide.mpp_entered_by })
}

function sourceFacts(slide: SlideDetail): Fact[] {
  const size = formatBytes(slide.size_bytes)
  const facts: Fact[] = [
    [t('fact.format'), formatName(slide.format)],
    [t('fact.size'), slide.file_count > 1 ? t('fact.sizeOfFiles', { size, count: slide.file_count }) : size],
    [t('fact.file'), slide.file_name],
  ]
  if (slide.vendor !== null) facts.push([t('fact.vendor'), slide.vendor])
  if (slide.scanner !== null) facts.push([t('fact.scanner'), slide.scanner])
  if (slide.scanned_at !== null) facts.push([t('fact.scanned'), formatMoment(slide.scanned_at)])
  facts.push([t('fact.added'), formatMoment(slide.created_at)])
  return facts
}

function pixelFacts(slide: SlideDetail): Fact[] {
  const facts: Fact[] = []
  if (!slide.rgb && slide.channels.length > 0) {
    facts.push([t('fact.channels'), slide.channels.map((channel) => channel.name).join(', ')])
  }
  if (slide.z_count > 1) facts.push([t('fact.planes'), formatCount(slide.z_count)])
  if (slide.t_count > 1) facts.push([t('fact.times'), formatCount(slide.t_count)])
  if (slide.levels.length > 0) facts.push([t('fact.levels'), formatCount(slide.levels.length)])
  if (slide.bit_depth !== null) facts.push([t('fact.depth'), t('fact.bits', { bits: slide.bit_depth })])
  if (slide.colour.profile !== null) facts.push([t('fact.colour'), slide.colour.profile])
  return facts
}
