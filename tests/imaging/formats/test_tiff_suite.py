"""The shipped exam for formats, taken by every format of the TIFF family on real samples."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from coverslip.imaging.formats.tiff import (
    ImageJFormat,
    NdpiFormat,
    OmeTiffFormat,
    QptiffFormat,
    SvsFormat,
    TiffFormat,
)
from coverslip.ports.format import Confidence
from coverslip.testing.format_suite import FormatSuite

if TYPE_CHECKING:
    from collections.abc import Callable

WRITTEN = "scaled pyramid.tif"


class FromSamples(FormatSuite):
    """Finds samples through the fixture that all tests use."""

    __test__ = False

    @pytest.fixture(autouse=True)
    def _samples(self, sample: "Callable[[str], Path]") -> None:
        self._sample = sample

    def locate(self, name: str) -> Path:
        return self._sample(name)


class TestSvs(FromSamples):
    __test__ = True
    format = SvsFormat()
    samples = ("slides/CMU-1-Small-Region.svs", "slides/TCGA-CR-7395-01A-01-TS1.svs")
    least_confidence = Confidence.GOOD


class TestNdpi(FromSamples):
    __test__ = True
    format = NdpiFormat()
    samples = ("slides/test3-DAPI-2-(387).ndpi",)
    least_confidence = Confidence.GOOD


class TestQptiff(FromSamples):
    __test__ = True
    format = QptiffFormat()
    samples = ("slides/small_vectra.qptiff",)
    least_confidence = Confidence.CERTAIN


class TestOmeTiff(FromSamples):
    __test__ = True
    format = OmeTiffFormat()
    samples = (
        "other/qupath-cells/cells.ome.tif",
        "other/qupath-cells/cells-2c.ome.tif",
        "slides/multi-channel-z-series.ome.tif",
        "slides/omero_test_pyramid.ome.tif",
    )
    least_confidence = Confidence.GOOD


class TestImageJ(FromSamples):
    __test__ = True
    format = ImageJFormat()
    samples = (
        "other/qupath-cells/cells-gray16.tif",
        "other/qupath-cells/cells-gray32.tif",
        "slides/multi-tiff/Channel_0.tif",
    )
    least_confidence = Confidence.GOOD


class TestPlainTiff(FromSamples):
    __test__ = True
    format = TiffFormat()
    samples = (
        WRITTEN,
        "slides/openslide-fixtures/boxes.tiff",
        "slides/kidney_48_5.tif",
        "other/tiff-edge-cases/yb10kx5k.zstd.tiff",
        "other/tiff-edge-cases/test_orient6.tif",
        "other/tiff-edge-cases/1bit.tif",
        "other/tiff-edge-cases/ojpeg-tile.tif",
    )

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        self._written = tmp_path_factory.mktemp("written") / WRITTEN

    def locate(self, name: str) -> Path:
        """Write the pyramid with a scale, which no sample of a plain TIFF has."""
        if name != WRITTEN:
            return super().locate(name)
        if not self._written.exists():
            pixels = np.random.default_rng(1).integers(0, 255, (700, 900, 3)).astype(np.uint8)
            with tifffile.TiffWriter(self._written) as writer:
                for step in (1, 2, 4):
                    writer.write(
                        pixels[::step, ::step],
                        tile=(256, 256),
                        photometric="rgb",
                        compression="lzw",
                        resolution=(40000 / step, 40000 / step),
                        resolutionunit="CENTIMETER",
                        subfiletype=int(step > 1),
                        metadata=None,
                    )
        return self._written
