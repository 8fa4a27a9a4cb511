"""What an operation does, and what an entry of the journal does to a state. Pure: no clock, no database.

Two functions carry everything. :func:`merge` decides, on the server only, what an operation comes to:
it knows which revision last changed which key, and whose it was. :func:`apply_entry` puts the entries
that came of it onto a state, here and in the browser alike (``web/src/model/annotations/ops.ts``;
``tests/cases/merge`` is run by both). The law: a state, and all entries after it, are the fresh state.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Doc = Mapping[str, Any]
State = dict[str, Any]
Outcome = Literal["applied", "merged", "kept_as_variant", "repeated", "refused"]

BLANK_ANNOTATION: Final[Doc] = {
    "layer_id": None,
    "object_type": "annotation",
    "parent_id": None,
    "geometry": None,
    "nucleus": None,
    "class_id": None,
    "name": "",
    "properties": {},
    "measurements": {},
    "plane": 0,
    "time": 0,
    "locked": False,
    "review": "draft",
    "review_note": "",
    "corrects": None,
    "variant_of": None,
    "deleted": False,
}
BLANK_COMMENT: Final[Doc] = {
    "thread_id": None,
    "on": None,
    "text": "",
    "mentions": [],
    "resolved_at": None,
    "resolved_by": None,
    "deleted": False,
}
MAPS: Final = ("properties", "measurements")
SHAPES: Final = ("geometry", "nucleus")
UNLOCKED: Final = frozenset({"locked", "review", "review_note"})
"""What may change about a locked object."""
BASE: Final = "#base"
"""Stands among the keys of a sibling for the base of the operation that made it; it is no key."""

_TABLES: Final = {
    "annotation": ("annotations", "annotation_id", BLANK_ANNOTATION),
    "comment": ("comments", "comment_id", BLANK_COMMENT),
    "layer": ("layers", "layer_id", {}),
    "result_layer": ("layers", "layer_id", {}),
}
_VARIANTS: Final = uuid.UUID("6f1d1f6e-6b0e-5a51-9f0b-2b8a4f6f6d10")


# --- the law ------------------------------------------------------------------------------------


def empty_state() -> State:
    """Return the state of a slide on which nothing was ever drawn."""
    return {"seq": 0, "annotations": {}, "comments": {}, "layers": {}, "stale": False}


def apply_entry(state: State, entry: Doc) -> State:
    """Put one entry onto a state, in place, and return it; one that it has already changes nothing.

    A layer that comes back (``restore``) may bring objects that this state never saw: the state says
    ``stale`` and wants to be read anew.
    """
    if entry["seq"] <= state["seq"]:
        return state
    state["seq"] = entry["seq"]
    if entry["entity"] not in _TABLES:
        return state
    table, _, _ = _TABLES[entry["entity"]]
    if table == "layers" and entry["kind"] == "restore":
        state["stale"] = True
    found = after_entry(state[table].get(entry["target"]), entry)
    if found is not None:
        state[table][entry["target"]] = found
    return state


def after_entry(doc: Doc | None, entry: Doc) -> dict[str, Any] | None:
    """Return what an entry makes of its object; None where it changes something that was never seen."""
    table, ident, blank = _TABLES[entry["entity"]]
    if entry["kind"] == "create" or (doc is None and entry["kind"] == "restore"):
        doc = {ident: entry["target"], **blank}
        if table != "layers":
            doc |= {name: entry[name] for name in ("author_id", "author_name")} | {"created_at": entry["at"]}
    if doc is None:
        return None
    found = patched(doc, entry["patch"], entry["at"], entry["author_id"])
    found["rev"] = entry["rev"]
    if table != "layers":
        found["changed_at"] = entry["at"]
    if entry["kind"] == "create" and table == "annotations":
        found["variant_of"] = entry["variant_of"]
    return found


def patched(doc: Doc, patch: Doc, at: str, author_id: str) -> dict[str, Any]:
    """Return an object with the keys of a patch set; ``properties.x`` and ``measurements.x`` go away with null."""
    found = dict(doc)
    for key, value in patch.items():
        name, dot, inner = key.partition(".")
        if key == "resolved":
            found["resolved_at"], found["resolved_by"] = (at, author_id) if value else (None, None)
        elif dot and name in MAPS:
            held = {one: old for one, old in found[name].items() if one != inner}
            found[name] = held if value is None else {**held, inner: value}
        else:
            found[key] = value
    return found


def shown(state: State) -> dict[str, Any]:
    """Return what of a state a fresh one holds too: nothing deleted, nothing on a layer that is gone."""
    layers = {key: one for key, one in state["layers"].items() if not one["deleted"]}
    annotations = {
        key: one for key, one in state["annotations"].items() if not one["deleted"] and one["layer_id"] in layers
    }
    comments = {
        key: one
        for key, one in state["comments"].items()
        if not one["deleted"] and (one["on"]["kind"] != "annotation" or one["on"]["annotation_id"] in annotations)
    }
    return {"annotations": annotations, "comments": comments, "layers": layers}


# --- merging ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """An object as it is, with the revision that last changed each key and whose it was."""

    doc: Doc
    key_revs: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def rev(self) -> int:
        """Its revision."""
        return int(self.doc["rev"])

    def since(self, base_rev: int, but: str) -> set[str]:
        """Return the keys that others than one author changed after a revision."""
        return {key for key, (rev, who) in self.key_revs.items() if rev > base_rev and who != but and key != BASE}


@dataclass(frozen=True, slots=True)
class Op:
    """An operation, checked: ``patch`` holds values as they are stored.

    ``undone`` is the entry that it takes back, where it is an undo.
    """

    op_id: str
    entity: str
    target: str
    kind: str
    base_rev: int
    patch: Doc = field(default_factory=dict)
    undo: bool = False
    undone: Doc | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it has its number, author and time."""

    target: str
    kind: str
    rev: int
    patch: Doc
    before: Doc
    variant_of: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What an operation comes to.

    Attributes
    ----------
    outcome : str
    drafts : tuple of Draft
        What is to be written, in order.
    rev : int
        The target's revision afterwards.
    lost : tuple of str
        Keys where it replaced what somebody else wrote since its base.
    variant_id : str or None
        The sibling that keeps an outline which met another one.
    code : str or None
        Why it is refused.
    """

    outcome: Outcome
    drafts: tuple[Draft, ...] = ()
    rev: int = 0
    lost: tuple[str, ...] = ()
    variant_id: str | None = None
    code: str | None = None


def merge(held: Held | None, op: Op, author_id: str, own_variant: Held | None = None) -> Decision:
    """Decide what an operation comes to.

    Each key stands for itself and the later operation wins, except the outline: two people who
    reshape one object from the same base would lose half of the work, so the second outline is kept
    beside the first. Keys that the author changed themselves since the base are no conflict.

    Parameters
    ----------
    held : Held or None
        The target as it is.
    own_variant : Held or None
        A live sibling of the target that the same author left in the same way: they go on with it.
    """
    if op.kind == "create":
        return _refused("id_taken") if held is not None else _created(op)
    if held is None:
        return _refused("not_found")
    wanted = {"delete": {"deleted": True}, "restore": {"deleted": False}}.get(op.kind, op.patch)
    changes = {key: value for key, value in wanted.items() if current(held.doc, key) != value}
    if op.undo and _undo_meets_another(held, op, changes, author_id):
        return _refused("undo_conflict", held.rev)
    if not changes:
        return Decision("applied", rev=held.rev)
    if held.doc.get("locked") and not changes.keys() <= UNLOCKED:
        return _refused("locked", held.rev)
    others = held.since(op.base_rev, author_id)
    met = {key for key in changes if key in others}
    if met & set(SHAPES) and not held.doc["deleted"]:
        return _beside(held, op, changes, met, own_variant)
    lost = others if changes.get("deleted") else met
    draft = _change(held, op.target, changes)
    return Decision("merged" if others else "applied", (draft,), draft.rev, tuple(sorted(lost)))


def current(doc: Doc, key: str) -> Any:
    """Return the value of a patch's key in an object."""
    name, dot, inner = key.partition(".")
    if key == "resolved":
        return doc["resolved_at"] is not None
    return doc[name].get(inner) if dot and name in MAPS else doc.get(key)


def key_revs_after(key_revs: Mapping[str, tuple[int, str]], draft: Draft, author_id: str) -> dict[str, tuple[int, str]]:
    """Return which revision last changed which key, after a draft was written."""
    return {**key_revs, **dict.fromkeys(draft.before, (draft.rev, author_id))}


def whole(doc: Doc) -> dict[str, Any]:
    """Return all of an annotation or comment as a patch, for who may never have seen it."""
    blank = BLANK_COMMENT if "comment_id" in doc else BLANK_ANNOTATION
    return {key: doc[key] for key in (*blank, "author_id", "author_name", "created_at")}


def variant_id(op_id: str) -> str:
    """Return the id of the sibling that an operation leaves: the same wherever and whenever it is asked."""
    return str(uuid.uuid5(_VARIANTS, op_id))


def _refused(code: str, rev: int = 0) -> Decision:
    return Decision("refused", rev=rev, code=code)


def _created(op: Op) -> Decision:
    return Decision("applied", (Draft(op.target, "create", 1, op.patch, {"deleted": True}),), 1)


def _change(held: Held, target: str, changes: Doc) -> Draft:
    """Return the draft of a change; one to a deleted object brings it back, whole, for who no longer has it."""
    before = {key: current(held.doc, key) for key in changes}
    if changes.get("deleted"):
        return Draft(target, "delete", held.rev + 1, changes, before)
    if not held.doc["deleted"]:
        return Draft(target, "change", held.rev + 1, changes, before)
    plain = {key: value for key, value in changes.items() if key != "resolved"}
    back = whole(patched(held.doc, {**plain, "deleted": False}, "", ""))
    resolving = {key: changes[key] for key in changes if key == "resolved"}
    return Draft(target, "restore", held.rev + 1, {**back, **resolving}, {**before, "deleted": True})


def _beside(held: Held, op: Op, changes: Doc, met: Iterable[str], own: Held | None) -> Decision:
    """Keep an outline that met another one as a sibling; what else the operation says goes to the object itself."""
    outline = {key: value for key, value in changes.items() if key in SHAPES}
    rest = {key: value for key, value in changes.items() if key not in SHAPES}
    if own is not None:
        beside = _change(own, own.doc["annotation_id"], outline)
    else:
        fresh = {"review": "draft", "review_note": "", "locked": False, "deleted": False, "variant_of": op.target}
        copy = {**{key: held.doc[key] for key in BLANK_ANNOTATION}, **outline, **fresh}
        beside = Draft(variant_id(op.op_id), "create", 1, copy, {"deleted": True}, op.target)
    drafts = (beside,) if not rest else (beside, _change(held, op.target, rest))
    lost = tuple(sorted(key for key in met if key not in SHAPES))
    return Decision("kept_as_variant", drafts, held.rev + len(drafts) - 1, lost, beside.target)


def _undo_meets_another(held: Held, op: Op, changes: Doc, author_id: str) -> bool:
    """Whether something that an undo touches changed since what it takes back."""
    undone = op.undone
    if undone is None or undone["target"] != op.target or undone["author_id"] != author_id:
        return True
    if undone["kind"] == "create" and held.since(undone["rev"], author_id):
        return True
    never = (0, "")
    return any(held.key_revs.get(key, never)[0] > undone["rev"] for key in changes)
