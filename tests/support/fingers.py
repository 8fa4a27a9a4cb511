"""Room for fingertips."""

TOO_SMALL = """() => [...document.querySelectorAll(
    'button, select, summary, [role=menuitem], [role=menuitemcheckbox], [role=treeitem], input, a[href]')]
    .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.closest('p, dd, [class*="cs-unseen"]'))
    .map((one) => [one, (one.closest('label') ?? one).getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (box.width < 43.5 || box.height < 43.5))
    .map(([one, box]) =>
        `${one.tagName} ${one.getAttribute('aria-label') ?? one.textContent} ${box.width}x${box.height}`)"""
"""A script that names everything one presses on a page that is smaller than a fingertip."""
