"""A browser of the state machine: a confirmed state, an outbox, an unreliable network, undo and redo."""

import copy
import random
from collections.abc import Callable
from typing import Any

from tests.features.conftest import Browser

from coverslip.core.ids import new_id
from coverslip.features.annotations.ops import apply_entry, empty_state, shown

Doc = dict[str, Any]


class Client:
    """One of several people who draw on one slide at once."""

    def __init__(self, script: Browser, slide_id: str, layer_id: str, chance: random.Random) -> None:
        self.script, self.slide, self.layer, self.chance = script, f"/slides/{slide_id}", layer_id, chance
        self.state = empty_state()
        self.outbox: list[Doc] = []
        self.wandering: list[list[Doc]] = []
        self.online = True
        self.acknowledged: dict[str, Doc] = {}
        self.sent: dict[str, Doc] = {}
        self.undoable: list[tuple[str, str]] = []
        self.reload()

    # --- what a person does -----------------------------------------------------------------------

    def draw(self) -> None:
        """Draw an object."""
        target = new_id()
        self.do("create", target, {"layer_id": self.layer, "geometry": self.shape()})

    def change(self, what: str) -> None:
        """Change something that one sees."""
        target = self._some()
        if target is not None:
            values: dict[str, Callable[[], Any]] = {
                "geometry": self.shape,
                "name": lambda: self.chance.choice(["a", "b", "c"]),
                "class_id": lambda: self.chance.choice([None, "tumor", "stroma"]),
                "properties.p": lambda: self.chance.choice([None, 1, "x"]),
            }
            self.do("change", target, {what: values[what]()})

    def work(self, count: int) -> None:
        """Do several things in a row, as somebody at work does."""
        for _ in range(count):
            what = self.chance.choice(["draw", "geometry", "geometry", "name", "class_id", "properties.p", "remove"])
            if what == "draw":
                self.draw()
            elif what == "remove":
                self.remove()
            else:
                self.change(what)

    def remove(self) -> None:
        """Delete something that one sees."""
        target = self._some()
        if target is not None:
            self.do("delete", target, {})

    def restore(self) -> None:
        """Bring something back."""
        gone = [key for key, one in self.state["annotations"].items() if one["deleted"]]
        if gone:
            self.do("restore", self.chance.choice(gone), {})

    def undo(self) -> None:
        """Take back the last thing of one's own that was acknowledged; a redo is an undo of an undo."""
        if not self.undoable:
            return
        target, op_id = self.undoable.pop()
        result = self.acknowledged[op_id]
        page = self.script.get(f"{self.slide}/journal?after={result['seq'] - 1}&limit=1").json()
        entry = page["entries"][0]
        if entry["target"] != target or entry["op_id"] != op_id:
            return
        self.do("change", target, entry["before"], undo_of=entry["seq"])

    def do(self, kind: str, target: str, patch: Doc, **more: Any) -> None:
        base = self.state["annotations"].get(target, {"rev": 0})["rev"]
        op = {
            "op_id": new_id(),
            "entity": "annotation",
            "target": target,
            "kind": kind,
            "base_rev": base,
            "patch": patch,
            **more,
        }
        self.outbox.append(op)

    def _some(self) -> str | None:
        seen = list(shown(self.state)["annotations"])
        return self.chance.choice(seen) if seen else None

    def shape(self) -> Doc:
        side = 1 + self.chance.randrange(1000) / 256
        return {
            "kind": "rectangle",
            "x": self.chance.randrange(1000),
            "y": 5,
            "width": side,
            "height": 7,
            "rotation": 0,
        }

    # --- what the network does ----------------------------------------------------------------------

    def send(self, fate: str) -> None:
        """Send what waits: it arrives, arrives without an answer, or comes (again) at any later time."""
        batch = copy.deepcopy(self.outbox[:20])
        if not self.online or not batch:
            return
        if fate == "wanders":
            self.wandering.append(batch)
            return
        results = self._post(batch)
        if fate == "unanswered":
            return
        if fate == "twice":
            assert [one["outcome"] for one in self._post(batch)] == [
                "refused" if one["outcome"] == "refused" else "repeated" for one in results
            ]
        self.outbox = self.outbox[len(batch) :]
        for op, result in zip(batch, results, strict=True):
            if result["outcome"] != "refused":
                self.acknowledged[op["op_id"]] = result
                self.sent[op["op_id"]] = op
                self.undoable.append((op["target"], op["op_id"]))

    def arrive(self) -> None:
        """Let a request that wandered about arrive, long after what was sent later."""
        if self.wandering:
            self._post(self.wandering.pop(self.chance.randrange(len(self.wandering))))

    def _post(self, batch: list[Doc]) -> list[Doc]:
        answer = self.script.post(f"{self.slide}/annotations/ops", json={"ops": batch})
        assert answer.status_code == 200, answer.text
        results: list[Doc] = answer.json()["results"]
        assert len(results) == len(batch)
        return results

    def pull(self, limit: int = 1000) -> int:
        """Take what happened since; entries that come again do no harm."""
        if not self.online:
            return 0
        page = self.script.get(f"{self.slide}/journal?after={self.state['seq']}&limit={limit}").json()
        for entry in page["entries"]:
            apply_entry(self.state, entry)
            apply_entry(self.state, entry)
        self.state["seq"] = page["seq"]
        if self.state["stale"]:
            self.reload()
        return len(page["entries"])

    def reload(self) -> None:
        """Read everything anew, as a tab that is opened does; the outbox is still there."""
        found = self.script.get(f"{self.slide}/annotations").json()
        self.state = {
            "seq": found["seq"],
            "annotations": {one["annotation_id"]: one for one in found["annotations"]},
            "comments": {one["comment_id"]: one for one in found["comments"]},
            "layers": {one["layer_id"]: one for one in found["layers"]},
            "stale": False,
        }

    def settle(self) -> None:
        """Come back: send all, take all."""
        self.online = True
        while self.outbox:
            self.send("arrives")
        while self.pull():
            pass
