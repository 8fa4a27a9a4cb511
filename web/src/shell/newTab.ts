/**
 * Open an address that is still to be asked for in a tab of its own, so that this page and all that was typed stay.
 * The tab is opened at once, or browsers take it for an advertisement; where they do so all the same, this tab goes.
 */
export async function inNewTab(address: (own: boolean) => Promise<string>): Promise<void> {
  const tab = window.open('', '_blank')
  try {
    const url = await address(tab !== null)
    ;(tab ?? window).location.replace(url)
  } catch (error) {
    tab?.close()
    throw error
  }
}
