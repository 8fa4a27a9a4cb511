"""Which version of a library reads a format, for whoever asks what this installation can do."""

from importlib.metadata import PackageNotFoundError, version

from coverslip.core.errors import UnsupportedFormat


def library(name: str, *, extra: str = "", what: str = "This format") -> str:
    """Return a library with its version, for the optional member ``reader`` of a format.

    Raises
    ------
    UnsupportedFormat
        It is not installed; the sentence names the extra that brings it.
    """
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        if not extra:
            raise UnsupportedFormat(f"{what} needs the package {name}, which is not installed.") from None
        raise UnsupportedFormat(
            f"{what} needs the extra '{extra}'; install it with: pip install 'coverslip[{extra}]'."
        ) from None
