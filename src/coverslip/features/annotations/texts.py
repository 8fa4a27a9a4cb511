"""The texts on slides that whoever sees them reads, so that a link's maker can look them over for names."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from coverslip.features.annotations import store, store_layers


def texts_on(session: Session, slide_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield names, labels, notes and properties of annotations, comments, and the names of layers."""
    layer_ids = store_layers.public_layer_ids(session, slide_ids)
    for name in store_layers.layer_names(session, layer_ids):
        yield "layer", name
    for kind, doc in store.texts_on(session, slide_ids, layer_ids):
        if kind == "comment":
            yield kind, doc["text"]
            continue
        texts = [doc["name"], doc["review_note"], (doc["geometry"] or {}).get("text", "")]
        texts += [one for one in doc["properties"].values() if isinstance(one, str)]
        for text in texts:
            if text:
                yield kind, text
