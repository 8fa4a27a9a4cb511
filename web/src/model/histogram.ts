/** Histograms of the channels, and the style a fluorescence slide starts with. */
import type { Channel } from './slide'
import type { ChannelStyle } from './style'

/** 256 counts between `low` and `high`; `auto_low` and `auto_high` are the 0.1 and 99.9 percentiles. */
export interface ChannelHistogram {
  index: number
  low: number
  high: number
  auto_low: number
  auto_high: number
  counts: number[]
}

/** How many channels are blended before anyone chose. */
export const FIRST_CHANNELS = 6

/** What the server shows when nothing is asked for: the first channels, own colours, automatic ranges. */
export function firstChannels(channels: readonly Channel[]): ChannelStyle[] {
  return channels.map((channel, position) => ({
    index: channel.index,
    colour: null,
    low: null,
    high: null,
    gamma: 1,
    lut: null,
    visible: position < FIRST_CHANNELS,
  }))
}

/** The channels of a style in the slide's order; those it does not name are off. */
export function allChannels(channels: readonly Channel[], styled: readonly ChannelStyle[]): ChannelStyle[] {
  if (styled.length === 0) return firstChannels(channels)
  return firstChannels(channels).map(
    (plain) => styled.find((channel) => channel.index === plain.index) ?? { ...plain, visible: false },
  )
}

/** Bar heights 0 to 1 on a root scale, so that dim tissue shows beside a tall background peak. */
export function barHeights(counts: readonly number[]): number[] {
  const ordered = [...counts].sort((a, b) => a - b)
  const most = Math.max(1, ordered[Math.floor(ordered.length * 0.99)] ?? 1)
  return counts.map((count) => Math.min(1, Math.sqrt(count / most)))
}

/**
 * The range a channel is shown with while nobody chose one: bytes as they are, anything wider by the
 * percentiles of the middle focal plane, whose histogram `start` is.
 */
export function startingRange(dtype: string | null, start: ChannelHistogram): { low: number; high: number } {
  return dtype === 'uint8' ? { low: 0, high: 255 } : { low: start.auto_low, high: start.auto_high }
}
