"""Slides that name a patient wherever they can."""

from typing import Final

from coverslip.features.slides import Description, Reason, SlideEntry, SlideState

WORD: Final = "zzcanary"


def entry(
    project_id: str, number: int, state: SlideState = SlideState.READY, reason: Reason | None = None
) -> SlideEntry:
    """Return a slide whose file names and metadata are canaries."""
    seen = Description(
        format="svs",
        vendor="aperio",
        scanner="ScanScope",
        scanned_at=None,
        width=100,
        height=100,
        mpp_x=0.5,
        mpp_y=0.5,
        objective=20,
        channel_count=3,
        fingerprint=f"f{number}",
        version=f"{number:016x}",
        metadata={"PatientName": f"{WORD}-metadata"},
        needs_coarse=False,
    )
    name = f"{WORD}-file-{number}"
    files = (f"{name}.svs",)
    return SlideEntry(None, project_id, name, files[0], f"/x/{WORD}", files, 1, state, reason, seen)
