"""The tables, columns and indexes that a declared collection becomes. Knows no documents and runs no statement.

Each collection is a table of JSON documents with a column for every declared field, and one more table for each
field of labels: a row per document and label that repeats the listing's fields, so that labels have indexes too.
Columns have no type, so SQLite compares values as they are.
"""

from collections.abc import Iterable, Sequence

from handlers.core.ports import Collection, Listing, Query


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def column(field: str) -> str:
    """The column of a declared field, out of the way of our own columns."""
    return quoted(f"f_{field}")


def index_columns(leading: Sequence[str], filters: Iterable[str], order: str, expires: str | None) -> list[str]:
    """Columns of a listing's index. The expiry comes last: it costs no look into the table to see what is gone."""
    named = [*map(column, filters), column(order), "id"]
    return [*leading, *named, *([column(expires)] if expires else [])]


# What a document measures lies in a column besides, and in the index of all filters: a series reads nothing else. In
# the table, which is in order of arrival, one device's documents lie far apart.
MEASURED = "measured"


def counter_name(collection: Collection, order: str, group: Sequence[str]) -> str:
    """The name under which a group is counted."""
    return f"{collection.name}:{order}:{','.join(group)}"


def counters(collection: Collection) -> list[tuple[str, str, tuple[str, ...]]]:
    """The numbers that are kept: the name of each, the order that a document of it has, and the group."""
    orders = dict.fromkeys(listing.order for listing in collection.listings)
    return [(counter_name(collection, order, group), order, group) for order in orders for group in collection.counters]


class Relation:
    """A table with the indexes of some listings."""

    def __init__(self, name: str, collection: Collection, listings: Sequence[Listing], leading: Sequence[str]) -> None:
        self.name = quoted(name)
        self._name = name
        self._leading = tuple(leading)
        self._listings = tuple(listings)
        self._expires = collection.expires

    def index(self, filters: Iterable[str], order: str) -> str:
        """The name of the index that serves these filters in this order."""
        return quoted(f"{self._name}:{','.join(filters)}:{order}")

    def subsets(self, listing: Listing) -> list[tuple[str, ...]]:
        """The filters that have an index in this table."""
        return listing.indexes()

    def listing_indexes(self) -> list[str]:
        """The statements that create the indexes of the listings."""
        statements = {}
        for listing in self._listings:
            for filters in self.subsets(listing):
                columns = ", ".join([*self._index_columns(listing, filters), *self.measured_with(listing, filters)])
                name = self.index(filters, listing.order)
                statements[name] = f"CREATE INDEX {name} ON {self.name} ({columns})"
        return list(statements.values())

    def measured_with(self, listing: Listing, filters: Sequence[str]) -> list[str]:
        """What an index holds so that nobody has to look further."""
        return []

    def _index_columns(self, listing: Listing, filters: Sequence[str]) -> list[str]:
        return index_columns(self._leading, filters, listing.order, self._expires)


class LabelTable(Relation):
    """The labels that documents have in one field."""

    def __init__(self, collection: Collection, field: str) -> None:
        self.field = field
        listings = [listing for listing in collection.listings if listing.labels == field]
        super().__init__(f"labels:{collection.name}:{field}", collection, listings, ("tenant", "label"))
        self.fields = declared(listings, [(collection.expires,)] if collection.expires else [])
        self.insert = insertion(self.name, ["doc", "label", "tenant", "id", *map(column, self.fields)])
        self.delete = f"DELETE FROM {self.name} WHERE doc = ?"

    def subsets(self, listing: Listing) -> list[tuple[str, ...]]:
        """The filters that have an index together with a label."""
        return listing.label_indexes()

    def statements(self) -> list[str]:
        """What creates the table and its indexes."""
        columns = ", ".join(["doc", "label", "tenant", "id", *map(column, self.fields)])
        table = f"CREATE TABLE {self.name} ({columns}, PRIMARY KEY (doc, label)) WITHOUT ROWID"
        return [table, *self.listing_indexes()]


class Table(Relation):
    """The documents of one collection."""

    def __init__(self, collection: Collection) -> None:
        super().__init__(f"docs:{collection.name}", collection, collection.listings, ("tenant",))
        self.collection = collection
        expires = [(collection.expires,)] if collection.expires else []
        due = [(collection.due,)] if collection.due else []
        self.fields = declared(collection.listings, [*collection.unique, *collection.counters, *expires, *due])
        labelled = dict.fromkeys(listing.labels for listing in collection.listings if listing.labels)
        self.labels = [LabelTable(collection, field) for field in labelled]
        self.counters = counters(collection)
        self.counted = frozenset(field for _, order, group in self.counters for field in (order, *group))
        self.texts = ["doc", *([MEASURED] if collection.measures else [])]
        self.insert = insertion(self.name, ["tenant", "id", *self.texts, *map(column, self.fields)])
        self.delete = f"DELETE FROM {self.name} WHERE key = ?"
        self.expiry = column(collection.expires) if collection.expires else "NULL"

    def update(self, fields: Iterable[str]) -> str:
        """The statement that renews a document and the columns of these fields, and so no index of another."""
        columns = ", ".join(f"{name} = ?" for name in [*self.texts, *map(column, fields)])
        return f"UPDATE {self.name} SET {columns} WHERE key = ?"

    def select(self, what: str, group: Sequence[str]) -> str:
        """The statement that finds the one document with these values in a unique group, or this identifier."""
        where = " AND ".join(f"{name} = ?" for name in ["tenant", *map(column, group)])
        return f"SELECT {what} FROM {self.name} INDEXED BY {self.unique_index(group)} WHERE {where}"

    def select_by_id(self, what: str) -> str:
        """The statement that finds a document by its identifier."""
        return f"SELECT {what} FROM {self.name} WHERE tenant = ? AND id = ?"

    def unique_index(self, group: Sequence[str]) -> str:
        """The name of a unique group's index."""
        return quoted(f"{self._name}!{','.join(group)}")

    def due_index(self) -> str:
        """The name of the index of what is due, over all tenants."""
        return quoted(f"{self._name}~due")

    def measured_with(self, listing: Listing, filters: Sequence[str]) -> list[str]:
        """What a series reads, in the index of all filters."""
        return [MEASURED] if self.collection.measures and tuple(filters) == listing.fields else []

    def label_table(self, query: Query) -> LabelTable:
        """The table of the labels that a query asks for."""
        field = query.listing().labels
        return next(labels for labels in self.labels if labels.field == field)

    def statements(self) -> list[str]:
        """What creates the tables and all their indexes."""
        columns = ", ".join(["key INTEGER PRIMARY KEY", "tenant", "id", *self.texts, *map(column, self.fields)])
        table = f"CREATE TABLE {self.name} ({columns}, UNIQUE (tenant, id))"
        labels = [statement for labels in self.labels for statement in labels.statements()]
        own = [*self._unique_indexes(), *self._expiry_index(), *self._due_index()]
        return [table, *self.listing_indexes(), *own, *labels]

    def _unique_indexes(self) -> list[str]:
        statements = []
        for group in self.collection.unique:
            columns = [column(field) for field in group]
            bound = " AND ".join(f"{name} IS NOT NULL" for name in columns)
            index = f"{self.unique_index(group)} ON {self.name} (tenant, {', '.join(columns)})"
            statements.append(f"CREATE UNIQUE INDEX {index} WHERE {bound}")
        return statements

    def _expiry_index(self) -> list[str]:
        if not self.collection.expires:
            return []
        name = quoted(f"{self._name}~expiry")
        return [f"CREATE INDEX {name} ON {self.name} ({self.expiry}) WHERE {self.expiry} IS NOT NULL"]

    def _due_index(self) -> list[str]:
        if self.collection.due is None:
            return []
        moment = column(self.collection.due)
        return [f"CREATE INDEX {self.due_index()} ON {self.name} ({moment}, id) WHERE {moment} IS NOT NULL"]


def declared(listings: Iterable[Listing], groups: Iterable[Sequence[str]]) -> list[str]:
    """Every field that the listings and groups name, once."""
    of_listings = [field for listing in listings for field in (listing.order, *listing.fields)]
    return list(dict.fromkeys([*of_listings, *(field for group in groups for field in group)]))


def insertion(table: str, columns: Sequence[str]) -> str:
    """The statement that inserts a row."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
