"""Slides written down for other programs: OME-TIFF and OME-Zarr. Pure: bytes go to what the caller opened."""
