"""Colours for channels whose file names none."""

_CYCLE = ("#0000ff", "#00ff00", "#ff0000", "#ff00ff", "#00ffff", "#ffff00")
_DYES = {
    "dapi": "#0000ff",
    "hoechst": "#0000ff",
    "fitc": "#00ff00",
    "gfp": "#00ff00",
    "488": "#00ff00",
    "rhodamine": "#ff8000",
    "tritc": "#ff8000",
    "cy3": "#ff8000",
    "555": "#ff8000",
    "texas": "#ff0000",
    "cy5": "#ff0000",
    "647": "#ff0000",
    "cy7": "#ff00ff",
}
_VISIBLE = ((450, "#0000ff"), (495, "#0080ff"), (560, "#00ff00"), (590, "#ffff00"), (620, "#ff8000"), (700, "#ff0000"))


def colour_for(number: int, name: str, emission_nm: float | None = None, *, alone: bool = False) -> str:
    """Choose a colour for a channel.

    Parameters
    ----------
    number : int
        Position of the channel.
    name : str
        A known dye decides.
    emission_nm : float or None
        Otherwise the wavelength decides.
    alone : bool
        A single channel without dye and wavelength is shown in grey.

    Returns
    -------
    str
        ``#rrggbb``.
    """
    words = name.lower()
    for dye, colour in _DYES.items():
        if dye in words:
            return colour
    if emission_nm and emission_nm > 0:
        return next((colour for limit, colour in _VISIBLE if emission_nm <= limit), "#ff00ff")
    return "#ffffff" if alone else _CYCLE[number % len(_CYCLE)]


def hex_colour(red: int, green: int, blue: int) -> str:
    """Return ``#rrggbb`` for 8-bit components."""
    return f"#{red & 255:02x}{green & 255:02x}{blue & 255:02x}"
