/** The patches of the display check, after the idea of the TG18-QC pattern: each must differ from its neighbour. */

export interface Patch {
  /** sRGB, `#rrggbb`. */
  colour: string
  /** What it lies in, where it is a patch in a square. */
  around?: string
  percent?: number
}

export const GREY_STEPS = 18

export function grey(share: number): string {
  const value = Math.round(share * 255)
    .toString(16)
    .padStart(2, '0')
  return `#${value}${value}${value}`
}

export function greySteps(): Patch[] {
  return Array.from({ length: GREY_STEPS }, (_, i) => ({ colour: grey(i / (GREY_STEPS - 1)) }))
}

const NEAR = [1, 2, 3, 4, 5, 6] as const

export function nearBlack(): Patch[] {
  return NEAR.map((percent) => ({ percent, colour: grey(percent / 100), around: grey(0) }))
}

export function nearWhite(): Patch[] {
  return NEAR.map((off) => ({ percent: 100 - off, colour: grey(1 - off / 100), around: grey(1) }))
}

/**
 * Colours of stains as light through them leaves them: optical densities after Ruifrok and Johnston
 * (Anal Quant Cytol Histol 2001; 23: 291-299), in three strengths.
 */
const STAINS = [
  [0.65, 0.7, 0.29],
  [0.07, 0.99, 0.11],
  [0.27, 0.57, 0.78],
] as const
const STRENGTHS = [0.25, 0.6, 1.1] as const
const PURE = ['#ff0000', '#00ff00', '#0000ff', '#00ffff', '#ff00ff', '#ffff00'] as const

export function colourPatches(): Patch[] {
  const stained = STAINS.flatMap((density) =>
    STRENGTHS.map((strength) => ({
      colour: `#${density
        .map((one) =>
          Math.round(255 * 10 ** (-one * strength))
            .toString(16)
            .padStart(2, '0'),
        )
        .join('')}`,
    })),
  )
  return [...stained, ...PURE.map((colour) => ({ colour }))]
}
