"""Which Coverslip this is; releases raise it here."""

__version__ = "0.1.0"
