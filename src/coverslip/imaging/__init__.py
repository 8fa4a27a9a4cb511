"""Pixels only: formats, slide index, pyramid, reading, style, encoding. No web, no database."""
