"""What a slide's label says: its text, and by the project's pattern its case, block and stain."""

from pathlib import Path

import numpy as np
import tifffile
import zxingcpp
from PIL import Image
from tests.features.imports.conftest import Served

from coverslip.features import imports
from coverslip.features.slides import projects
from coverslip.features.slides.schemas_cases import ProjectSettingsIn
from coverslip.infra.jobs import Worker


def write_slide(path: Path, code: str | None, value: int = 200) -> None:
    """Write a slide whose label carries a QR code, or none."""
    paper = Image.new("L", (600, 400), 235)
    if code is not None:
        made = zxingcpp.create_barcode(code, zxingcpp.barcode_format_from_str("QRCode"))
        paper.paste(
            Image.fromarray(np.array(zxingcpp.write_barcode_to_image(made, scale=4, add_quiet_zones=True))), (60, 60)
        )
    with tifffile.TiffWriter(path) as writer:
        writer.write(np.full((600, 600, 3), value, np.uint8), photometric="rgb", tile=(256, 256), metadata=None)
        label = np.asarray(paper.convert("RGB"))
        writer.write(label, photometric="rgb", description="label", compression="zlib", metadata=None)


def work_off(served: Served) -> None:
    worker = Worker(served.runtime, imports.JOB_HANDLERS, limits=imports.JOB_LIMITS)
    while worker.run_one():
        pass


def test_a_slide_finds_its_case_by_its_label(served: Served) -> None:
    with served.runtime.db.transaction() as session:
        settings = ProjectSettingsIn(metadata_schema=[], pattern="{case}_{block}_{stain}", default_stain=None)
        projects.put_settings(session, served.admin, served.root().project_id, settings)
    write_slide(served.folder / "scan0001.tif", "S24-1234_B2_HER2", 200)
    write_slide(served.folder / "scan0002.tif", "no words of the pattern", 201)
    write_slide(served.folder / "scan0003.tif", None, 202)
    write_slide(served.folder / "S24-9_A1_HE.tif", "S24-1234_B9_PAS", 203)
    served.scan()
    work_off(served)
    found = {one.name: (one.case_name, one.block, one.stain, one.stain_kind, one.label_text) for one in served.listed()}
    assert found == {
        "scan0001": ("S24-1234", "B2", "HER2", "ihc", "S24-1234_B2_HER2"),
        "scan0002": (None, None, None, None, "no words of the pattern"),
        "scan0003": (None, None, None, None, None),
        # The name was there first: the label only fills what the name left open.
        "S24-9_A1_HE": ("S24-9", "A1", "H&E", "he", "S24-1234_B9_PAS"),
    }
