"""The classes of a project that has no list of its own.

The colours are those of Okabe and Ito's palette for all colour visions (Wong, Nature Methods 8:441, 2011)
without its pinks and browns, which haematoxylin-eosin and DAB use up.
"""

from typing import Any, Final

_SNOMED: Final = "http://snomed.info/sct"


def _class(
    class_id: str, name: str, colour: str, hotkey: int | None, description: str, concept: str | None = None
) -> dict[str, Any]:
    return {
        "class_id": class_id,
        "parent_id": None,
        "name": name,
        "colour": colour,
        "hotkey": hotkey,
        "description": description,
        "code": None if concept is None else {"system": _SNOMED, "value": concept},
        "form": None,
    }


DEFAULT_CLASSES: Final = (
    _class("tumor", "Tumor", "#f0e442", 1, "Neoplastic cells, invasive or not.", "108369006"),
    _class("stroma", "Stroma", "#009e73", 2, "Connective tissue between and around them."),
    _class("immune", "Immune cells", "#56b4e9", 3, "Lymphocytes, plasma cells, granulocytes, macrophages."),
    _class("necrosis", "Necrosis", "#000000", 4, "Dead tissue.", "6574001"),
    _class("positive", "Positive", "#e69f00", 5, "Cells or regions that a marker stains."),
    _class("negative", "Negative", "#0072b2", 6, "Cells or regions that it does not stain."),
    _class("region", "Region", "#00e5e5", 7, "A region of interest: what is to be analysed or counted."),
    _class("other", "Other", "#ffffff", 8, "Tissue of no other class."),
    _class("ignore", "Ignore", "#999999", 9, "Folds, ink, bubbles: what no analysis should look at."),
)
