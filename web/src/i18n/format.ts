import { locale } from './locale'

const UM_PER_MM = 1000
const UM2_PER_MM2 = UM_PER_MM * UM_PER_MM

const integers = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
const dates = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
const times = new Intl.DateTimeFormat(locale, { timeStyle: 'short' })
const deadlines = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
})
const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** A number with at most `digits` digits after the point. */
export function formatNumber(value: number, digits = 3): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)
}

/** A whole number with the reader's separators. */
export function formatCount(value: number): string {
  return integers.format(value)
}

/** A share such as 0.25 as "25%". */
export function formatPercent(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: digits }).format(value)
}

/** A size in bytes, in decimal units as disks are sold. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: BYTE_UNITS[power] ?? 'byte',
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power === 0 || value >= 100 ? 0 : 1,
  }).format(value)
}

export function formatDate(iso: string): string {
  return dates.format(new Date(iso))
}

export function formatMoment(iso: string): string {
  return moments.format(new Date(iso))
}

/** Date, time and time zone of the reader: when something ends for people in different places. */
export function formatDeadline(iso: string): string {
  return deadlines.format(new Date(iso))
}

/** The time of day if `iso` lies on the day of `now`, else date and time. */
export function formatSince(iso: string, now = new Date()): string {
  const then = new Date(iso)
  return then.toDateString() === now.toDateString() ? times.format(then) : moments.format(then)
}

/** Width x height in pixels, with a true multiplication sign. */
export function formatDimensions(width: number, height: number): string {
  return `${formatCount(width)} × ${formatCount(height)} px`
}

/** A length in micrometres: µm below 1 mm, then mm. */
export function formatLength(um: number): string {
  return um < UM_PER_MM ? `${significant(um)} µm` : `${significant(um / UM_PER_MM)} mm`
}

/** An area in square micrometres: µm² below 0.01 mm², then mm². */
export function formatArea(um2: number): string {
  return um2 < UM2_PER_MM2 / 100 ? `${significant(um2)} µm²` : `${significant(um2 / UM2_PER_MM2)} mm²`
}

/** The size of a pixel; one number unless x and y really differ. */
export function formatPixelSize(mppX: number, mppY: number): string {
  const same = Math.abs(mppX - mppY) <= 0.001 * Math.max(mppX, mppY)
  return same ? `${formatNumber(mppX, 4)} µm/px` : `${formatNumber(mppX, 4)} × ${formatNumber(mppY, 4)} µm/px`
}

/** "20x" as pathologists write it; a wave when only the pixel size is known. */
export function formatObjective(objective: number, derived = false): string {
  return `${derived ? '≈' : ''}${formatNumber(objective, 1)}x`
}

/** A duration in its largest sensible unit, rounded up: what is left to wait. */
export function formatDuration(seconds: number): string {
  const [value, unit] =
    seconds < 60 ? [seconds, 'second'] : seconds < 3600 ? [seconds / 60, 'minute'] : [seconds / 3600, 'hour']
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.max(1, Math.ceil(value)),
  )
}

/** Names in an order people expect: case folded, numbers by value. */
export const compareNames = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' }).compare

function significant(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)
}
