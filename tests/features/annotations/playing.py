"""A server of one slide in memory: the merge rules and the law, with nothing of the database around them."""

import copy
from collections.abc import Mapping
from typing import Any

from coverslip.features.annotations.ops import Draft, Held, Op, apply_entry, empty_state, key_revs_after, merge

Doc = dict[str, Any]


class Play:
    """Takes operations in order, as the service does, and writes the journal that comes of them."""

    def __init__(self, state: Doc | None = None, key_revs: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.state = copy.deepcopy(state) if state else empty_state()
        self.key_revs = {
            target: {key: (one[0], one[1]) for key, one in revs.items()} for target, revs in (key_revs or {}).items()
        }
        self.entries: list[Doc] = []
        self._variants: dict[tuple[str, str, int], str] = {}

    def take(self, said: Doc) -> Doc:
        """Do one operation and return its result."""
        op, author_id = said["op"], said["author_id"]
        undone = next((one for one in self.entries if one["seq"] == op.get("undo_of")), None)
        plain = Op(
            op["op_id"], op["entity"], op["target"], op["kind"], op["base_rev"], op["patch"], "undo_of" in op, undone
        )
        own = self._variants.get((author_id, op["target"], op["base_rev"]))
        own_held = None if own is None else self._held(op["entity"], own)
        if own_held is not None and own_held.doc["deleted"]:
            own_held = None
        found = merge(self._held(op["entity"], op["target"]), plain, author_id, own_held)
        for draft in found.drafts:
            self._write(said, draft)
            if draft.variant_of is not None:
                self._variants[author_id, op["target"], op["base_rev"]] = draft.target
        return {
            "outcome": found.outcome,
            "rev": found.rev,
            "lost": list(found.lost),
            "variant_id": found.variant_id,
            "code": found.code,
        }

    def _held(self, entity: str, target: str) -> Held | None:
        doc = self.state[f"{entity}s"].get(target)
        return None if doc is None else Held(doc, self.key_revs.get(target, {}))

    def _write(self, said: Doc, draft: Draft) -> None:
        op = said["op"]
        entry = {
            "seq": self.state["seq"] + 1,
            "op_id": op["op_id"],
            "entity": op["entity"],
            "target": draft.target,
            "kind": draft.kind,
            "author_id": said["author_id"],
            "author_name": said["author_name"],
            "at": said["at"],
            "base_rev": op["base_rev"],
            "rev": draft.rev,
            "patch": copy.deepcopy(dict(draft.patch)),
            "before": copy.deepcopy(dict(draft.before)),
            "variant_of": draft.variant_of,
        }
        self.entries.append(entry)
        apply_entry(self.state, entry)
        self.key_revs[draft.target] = key_revs_after(self.key_revs.get(draft.target, {}), draft, said["author_id"])
