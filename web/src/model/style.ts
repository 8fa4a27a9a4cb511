/**
 * How the pixels are to look. `null` is the file's own pixels; anything else is blended by the server and
 * travels in the address as base64url of canonical JSON: keys sorted, defaults left out.
 */

export interface ChannelStyle {
  index: number
  /** `#rrggbb`, or null for the colour the file gives. */
  colour: string | null
  /** Values shown black and at full colour; null for the automatic range. */
  low: number | null
  high: number | null
  gamma: number
  /** Name of a colour table that replaces the colour. */
  lut: string | null
  visible: boolean
}

/** Colour tables the server knows. */
export const LUTS = ['gray', 'fire', 'ice', 'inferno', 'magma', 'viridis'] as const

export interface Style {
  /** Fluorescence channels; empty for RGB slides. */
  channels: ChannelStyle[]
  brightness: number
  contrast: number
  gamma: number
  saturation: number
  /** The server applies the slide's colour profile (adjusted pixels cannot be managed by the browser). */
  icc: boolean
}

export const NEUTRAL: Style = { channels: [], brightness: 0, contrast: 1, gamma: 1, saturation: 1, icc: false }

/** Whether RGB adjustments change anything. */
export function isAdjusted(style: Style): boolean {
  return style.brightness !== 0 || style.contrast !== 1 || style.gamma !== 1 || style.saturation !== 1
}

type Json = string | number | boolean | Json[] | { [key: string]: Json }

function sorted(record: Record<string, Json | undefined>): { [key: string]: Json } {
  const out: { [key: string]: Json } = {}
  for (const key of Object.keys(record).sort()) {
    const value = record[key]
    if (value !== undefined) out[key] = value
  }
  return out
}

const unless = <T extends Json>(value: T, plain: T): T | undefined => (value === plain ? undefined : value)

/** The canonical JSON of a style, or null when it asks for nothing. */
export function canonicalStyle(style: Style): string | null {
  const channels = style.channels.map((channel) =>
    sorted({
      index: channel.index,
      colour: channel.colour?.toLowerCase(),
      low: channel.low ?? undefined,
      high: channel.high ?? undefined,
      lut: channel.lut ?? undefined,
      gamma: unless(channel.gamma, 1),
      visible: unless(channel.visible, true),
    }),
  )
  const body = sorted({
    channels: channels.length > 0 ? channels : undefined,
    brightness: unless(style.brightness, NEUTRAL.brightness),
    contrast: unless(style.contrast, NEUTRAL.contrast),
    gamma: unless(style.gamma, NEUTRAL.gamma),
    saturation: unless(style.saturation, NEUTRAL.saturation),
    icc: unless(style.icc, false),
  })
  return Object.keys(body).length > 0 ? JSON.stringify(body) : null
}

/** What goes into `?style=`, or null for the file's own pixels. */
export function encodeStyle(style: Style | null): string | null {
  const text = style === null ? null : canonicalStyle(style)
  if (text === null) return null
  const bytes = String.fromCharCode(...new TextEncoder().encode(text))
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** The style of an address; anything that is not one gives null. */
export function decodeStyle(text: string | null): Style | null {
  if (text === null || text === '') return null
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
    return styleFrom(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    return null
  }
}

/** A style from JSON; what is senseless in it is left out, what is none gives null. */
export function styleFrom(raw: unknown): Style | null {
  if (typeof raw !== 'object' || raw === null) return null
  const record = raw as Record<string, unknown>
  const channels = Array.isArray(record['channels']) ? record['channels'] : []
  return {
    channels: channels.flatMap((entry) => channelFrom(entry as Record<string, unknown>)),
    brightness: finite(record['brightness'], NEUTRAL.brightness),
    contrast: finite(record['contrast'], NEUTRAL.contrast),
    gamma: finite(record['gamma'], NEUTRAL.gamma),
    saturation: finite(record['saturation'], NEUTRAL.saturation),
    icc: record['icc'] === true,
  }
}

function channelFrom(record: Record<string, unknown>): ChannelStyle[] {
  const index = finite(record['index'], -1)
  if (index < 0) return []
  const colour = record['colour']
  const lut = record['lut']
  return [
    {
      index,
      colour: typeof colour === 'string' && /^#[0-9a-f]{6}$/i.test(colour) ? colour.toLowerCase() : null,
      low: finite(record['low'], null),
      high: finite(record['high'], null),
      gamma: finite(record['gamma'], 1),
      lut: LUTS.find((name) => name === lut) ?? null,
      visible: record['visible'] !== false,
    },
  ]
}

function finite<T extends number | null>(value: unknown, otherwise: T): number | T {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise
}
