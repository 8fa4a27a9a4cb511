"""The Python client: slides, their pixels and their annotations over HTTP, from anywhere.

::

    import coverslip

    with coverslip.connect("https://slides.example.org", token="...") as client:
        slide = client.slide("0199...")
        tumour = slide.annotations(class_="Tumour")      # a GeoDataFrame
        pixels = slide.read_region(0, 0, 512, 512, mpp=0.5)
"""

from coverslip.client.connection import Client, connect
from coverslip.client.slide import Slide

__all__ = ["Client", "Slide", "connect"]
