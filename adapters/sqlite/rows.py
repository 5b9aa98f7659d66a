"""A document on its way into the tables: the JSON text, and the values of its declared fields."""

from dataclasses import dataclass
from typing import Any

import orjson

from adapters.sqlite.tables import LabelTable, Table
from handlers.core.ports import Document

Scalar = str | int | float | None
MAX_INTEGER = 2**63 - 1


@dataclass(slots=True)
class Row:
    """What the tables hold of one document."""

    tenant: str
    id: str
    texts: tuple[str, ...]
    document: Document
    values: dict[str, Scalar]

    def parameters(self) -> tuple[Scalar, ...]:
        """The values of the table's insertion."""
        return (self.tenant, self.id, *self.texts, *self.values.values())

    def labels(self, table: LabelTable) -> list[str]:
        """The distinct labels that the document has in a field."""
        value = self.document.get(table.field)
        return list(dict.fromkeys(filter(is_text, value))) if isinstance(value, list | tuple) else []

    def label_parameters(self, table: LabelTable, key: int) -> list[tuple[Scalar, ...]]:
        """The values of the label table's insertion, one for each label."""
        values = [self.values[field] for field in table.fields]
        return [(key, label, self.tenant, self.id, *values) for label in self.labels(table)]


def row(table: Table, document: Document) -> Row:
    """A document as a row. What JSON cannot say is refused here, before anything is written."""
    return Row(
        tenant=document["tenant"],
        id=document["id"],
        texts=texts(table, document, orjson.dumps(document).decode()),
        document=document,
        values=values_of(table, document),
    )


def stored(table: Table, tenant: str, text: str) -> Row:
    """A row as the tables hold it."""
    document = orjson.loads(text)
    return Row(tenant, document["id"], texts(table, document, text), document, values_of(table, document))


def texts(table: Table, document: Document, text: str) -> tuple[str, ...]:
    """A document as JSON, and apart from it what it measures, if it does: numbers, and nothing for what is none."""
    measures = table.collection.measures
    if measures is None:
        return (text,)
    measured = {**dict.fromkeys(document.get(measures.others) or ()), **(document.get(measures.numbers) or {})}
    return (text, orjson.dumps(measured).decode())


def values_of(table: Table, document: Document) -> dict[str, Scalar]:
    """The values of a document's declared fields."""
    given = map(document.get, table.fields)
    return {
        field: value if value is None or type(value) is str else indexable(value)
        for field, value in zip(table.fields, given, strict=True)
    }


def indexable(value: Any) -> Scalar:
    """The value that an index holds: lists and objects have none."""
    if isinstance(value, int) and not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise ValueError(f"{value} is too large to be indexed")
    return value if isinstance(value, (str, int, float)) else None


def is_text(value: Any) -> bool:
    """Whether a value can be a label."""
    return isinstance(value, str)
