/** The mark: a glass slide with a cover slip on tissue. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect x="1.5" y="9" width="29" height="14" rx="2.5" fill="none" stroke="var(--cs-accent)" strokeWidth="2" />
      <path d="M7.5 9v14" stroke="var(--cs-accent)" strokeWidth="2" />
      <rect x="12" y="5" width="13" height="22" rx="2" fill="#b3428a" fillOpacity=".75" />
    </svg>
  )
}
