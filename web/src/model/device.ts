/** Browsers by what they call themselves; the first that fits, because they all claim to be each other. */
const BROWSERS = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const
const SYSTEMS = [
  [/\biPad\b/, 'iPad'],
  [/\biPhone\b/, 'iPhone'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
] as const

/** What a person would call the machine behind a User-Agent, such as "Firefox, Windows". */
export function deviceOf(agent: string): string {
  const names = [BROWSERS, SYSTEMS].map((table) => table.find(([sign]) => sign.test(agent))?.[1])
  const known = names.filter((name) => name !== undefined)
  return known.length === 0 ? agent.slice(0, 60) : known.join(', ')
}
