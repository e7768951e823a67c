"""SCH: schema and types.

pandera judges the columns of each file; what it cannot say (nulls and labels inside lists and
structs) is judged here from the same declaration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.contract import pandera_schema
from dataset_builder.tables import ClassOf, ListOf, Struct, polars_type
from dataset_builder.validate.annotation_rows import TABLE, firsts, shared
from dataset_builder.validate.matching import changes
from dataset_builder.validate.release import ROW_ID, Release, once
from dataset_builder.validate.rules import Hit, Hits, Rule, hits, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandera.polars as pandera
    import polars as pl

    from dataset_builder.ontology import Ontology
    from dataset_builder.tables import Table, Type
    from dataset_builder.validate.reading import Part


@once
def _failures(release: Release) -> list[tuple[Part, pl.DataFrame]]:
    """Failure cases of pandera per file that has any: failure_case, column, check, index."""
    found = []
    for part in release.parts:
        table, frame = release.tables.get(part.table), part.frame
        if table is None or frame is None:
            continue
        runs = shared(release) if part.table == TABLE else ()
        heads = firsts(release, *runs) if runs else None
        if _holds(table, release.ontology, frame, heads):
            continue
        cases = _refused(pandera_schema(table, release.ontology), frame)
        if cases is not None:
            found.append((part, cases))
    return found


def _holds(
    table: Table, ontology: Ontology, frame: pl.DataFrame, heads: pl.DataFrame | None
) -> bool:
    """Whether a file certainly passes: it is what pandera would judge, asked once of values that
    follow each other, and without the second that importing pandera takes.

    `heads` has, with some of the columns, rows with every value that a row of the table has.
    """
    import polars as pl

    types = {column.name: polars_type(column.type) for column in table.columns}
    if list(frame.schema.items()) != list(types.items()):
        return False
    for column in table.columns:
        kind = column.type
        low, high = column.minimum, column.maximum
        if isinstance(kind, ClassOf):
            low, high = 0, len(ontology.names(kind.vocabulary)) - 1
        values = frame[column.name]
        if (
            (values.null_count() and not column.nullable)
            or (column.pattern and not _fit(values, column.pattern, heads))
            or (low is not None and values.lt(low).any())
            or (high is not None and values.gt(high).any())
            or (values.dtype == pl.Float64 and values.is_nan().any())
        ):
            return False
    return True


def _fit(values: pl.Series, pattern: str, heads: pl.DataFrame | None) -> bool:
    if heads is not None and values.name in heads.columns:
        return bool(heads[values.name].str.contains(pattern).all())
    return bool(changes(values).str.contains(pattern).all())


def _refused(schema: pandera.DataFrameSchema, frame: pl.DataFrame) -> pl.DataFrame | None:
    """The failure cases; None when there are none."""
    from pandera.errors import SchemaErrors

    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases: pl.DataFrame = errors.failure_cases
        return cases.select("failure_case", "column", "check", "index")
    return None


def _columns(release: Release, check: str, message: str, found: str | None = None) -> Hits:
    """Hits for failures of whole columns. The name is in `failure_case` or in `column`."""
    import polars as pl

    for part, failures in _failures(release):
        for row in failures.filter(pl.col("check").str.starts_with(check)).iter_rows(named=True):
            name = row["column"] if check == "dtype" else row["failure_case"]
            yield Hit(
                message=message.format(name=name),
                table=part.table,
                split=part.split,
                expected=row["check"][7:-2] if check == "dtype" else None,
                found=found and found.format(name=name, case=row["failure_case"]),
            )


def _missing(release: Release) -> Hits:
    return _columns(release, "column_in_dataframe", "column {name} is missing")


def _extra(release: Release) -> Hits:
    return _columns(release, "column_in_schema", "column {name} is not in the contract")


def _order(release: Release) -> Hits:
    """One hit per file: a single moved column makes pandera name several."""
    import polars as pl

    for part, failures in _failures(release):
        if failures.filter(pl.col("check") == "column_ordered").is_empty():
            continue
        assert part.frame is not None  # noqa: S101 - failures come from a frame
        there = set(part.frame.columns)
        wanted = [name for name in release.tables[part.table].column_names if name in there]
        known = [name for name in part.frame.columns if name in wanted]
        yield Hit(
            message="columns are not in the order of the contract",
            table=part.table,
            split=part.split,
            expected=listed(wanted, 40),
            found=listed(known, 40),
        )


def _type(release: Release) -> Hits:
    return _columns(release, "dtype", "column {name} has another type", found="{case}")


def _cells(
    release: Release, checks: tuple[str, ...], message: str, *, classes: bool | None = None
) -> Hits:
    """Hits for failures of single values; `classes` picks label columns or all others."""
    import polars as pl

    for part, failures in _failures(release):
        labels = {c.name for c in release.tables[part.table].columns if isinstance(c.type, ClassOf)}
        wanted = pl.any_horizontal(pl.col("check").str.starts_with(check) for check in checks)
        if classes is not None:
            wanted &= pl.col("column").is_in(labels) == classes
        here = failures.filter(wanted & pl.col("index").is_not_null()).sort("index", "column")
        yield from _with_ids(part, here, message)


def _with_ids(part: Part, failures: pl.DataFrame, message: str) -> Hits:
    """Failures as hits that name the row's ids."""
    import polars as pl

    assert part.frame is not None  # noqa: S101 - failures come from a frame
    names = [n for n in ("article_id", ROW_ID[part.table]) if n in part.frame.columns]
    ids = part.frame.select(
        pl.int_range(part.frame.height, dtype=pl.Int64).alias("index"),
        part.numbers.alias("_row"),
        *(pl.col(n).cast(pl.String, strict=False) for n in dict.fromkeys(names)),
    )
    rows = (
        failures.with_columns(pl.col("index").cast(pl.Int64))
        .join(ids, on="index", how="left", maintain_order="left")
        .with_columns(_split=pl.lit(part.split))
    )
    return hits(part.table, rows, message, found="{failure_case}")


def _null(release: Release) -> Hits:
    return _cells(release, ("not_nullable",), "{column} is null")


def _pattern(release: Release) -> Hits:
    return _cells(release, ("str_matches",), "{column} does not have the form {check}")


def _bounds(release: Release) -> Hits:
    checks = ("greater_than", "less_than")
    return _cells(release, checks, "{column} is out of bounds: {check}", classes=False)


def _sound(values: pl.Series, kind: Type, ontology: Ontology) -> bool:
    """Whether no null and no label inside a list or struct is wrong."""
    if isinstance(kind, ListOf):
        items = values.explode(empty_as_null=False, keep_nulls=False)
        return not items.null_count() and _sound(items, kind.item, ontology)
    if isinstance(kind, Struct):
        there = values.drop_nulls()
        fields = [(there.struct.field(name), name, item) for name, item in kind.fields]
        return all(
            (name in kind.nullable or not field.null_count()) and _sound(field, item, ontology)
            for field, name, item in fields
        )
    if isinstance(kind, ClassOf):
        last = len(ontology.names(kind.vocabulary)) - 1
        return bool(values.is_between(0, last).all())
    return True


@once
def _unsound(release: Release) -> list[tuple[str, str]]:
    """Table and column of lists and structs with a wrong null or label inside."""
    return [
        (table, column.name)
        for table, frame in release.frames.items()
        for column in release.tables[table].columns
        if column.name in frame.columns
        and isinstance(column.type, ListOf | Struct)
        and not _sound(frame[column.name], column.type, release.ontology)
    ]


def _nested(release: Release) -> Iterator[tuple[str, str, Type, bool, pl.DataFrame]]:
    """Every value inside a list or struct of `_unsound`, as (table, path, type, nullable, frame with `value`)."""
    import polars as pl

    def inside(
        kind: Type, path: str, frame: pl.DataFrame
    ) -> Iterator[tuple[str, Type, bool, pl.DataFrame]]:
        value = pl.col("value")
        if isinstance(kind, ListOf):
            items = frame.filter(value.list.len() > 0).explode("value")
            yield path, kind.item, False, items
            yield from inside(kind.item, path, items.drop_nulls("value"))
        elif isinstance(kind, Struct):
            for name, item in kind.fields:
                fields = frame.with_columns(value=value.struct.field(name))
                yield f"{path}.{name}", item, name in kind.nullable, fields
                yield from inside(item, f"{path}.{name}", fields.drop_nulls("value"))

    for table, frame in release.frames.items():
        for column in release.tables[table].columns:
            if (table, column.name) in _unsound(release):
                ids = [n for n in ("article_id", ROW_ID[table]) if n in frame.columns]
                values = frame.select(
                    "_split", "_row", *dict.fromkeys(ids), value=column.name
                ).drop_nulls("value")
                for path, kind, nullable, found in inside(column.type, column.name, values):
                    yield table, path, kind, nullable, found


def _null_inside(release: Release) -> Hits:
    import polars as pl

    for table, path, _, nullable, frame in _nested(release):
        if not nullable:
            missing = frame.filter(pl.col("value").is_null())
            yield from hits(table, missing, f"{path} is null inside its list or struct")


def _label(release: Release) -> Hits:
    import polars as pl

    message = "label id {failure_case} of {column} does not exist"
    yield from _cells(release, ("in_range",), message, classes=True)
    for table, path, kind, _, frame in _nested(release):
        if isinstance(kind, ClassOf):
            last = len(release.ontology.names(kind.vocabulary)) - 1
            wrong = frame.filter(~pl.col("value").is_between(0, last))
            text = f"label id {{value}} of {path} does not exist"
            yield from hits(table, wrong, text, expected=f"0 to {last}", found="{value}")


def _absent(release: Release) -> Iterator[tuple[str, bool]]:
    """Tables without files, and whether the manifest says that they have no rows.

    There is no release without articles, and no stance or event that nobody annotated, whatever the
    manifest says.
    """
    there = {part.table for part in release.parts}
    configs = release.manifest.data.get("configs")
    for name in release.tables:
        if name not in there:
            stated = isinstance(configs, dict) and configs.get(name) == {}
            needed = name == "articles" or (
                name == "annotations" and not there.isdisjoint(("stance", "events"))
            )
            yield name, stated and not needed


def _no_table(release: Release) -> Hits:
    for name, stated in _absent(release):
        if not stated:
            yield Hit(message=f"the release has no table {name}", table=name)


def _empty_table(release: Release) -> Hits:
    for name, stated in _absent(release):
        if stated:
            yield Hit(message=f"{name} has no rows, so it is no config of this release", table=name)


def _unknown_table(release: Release) -> Hits:
    for name in sorted({part.table for part in release.parts} - set(release.tables)):
        yield Hit(message=f"{name} is not a table of the contract", table=name)


def _no_rows(release: Release) -> Hits:
    if not any(part.rows or part.error for part in release.parts):
        yield Hit(message="the release has no rows at all")


RULES: tuple[Rule, ...] = (
    Rule(
        "SCH001",
        "column missing",
        _missing,
        "Training code asks for columns by name; `datasets` fails on a missing one.",
        "Build the release again; if the column is new, fill it in `assemble`.",
        "stance without `holder`",
    ),
    Rule(
        "SCH002",
        "column not in the contract",
        _extra,
        "A column that nobody declared has no meaning, no type and no documentation.",
        "Declare it in `tables.py` or leave it out.",
        "stance with a column `score`",
    ),
    Rule(
        "SCH003",
        "columns in another order",
        _order,
        "Files of one config with different orders cannot be read as one table by position.",
        "Write the columns in the order of the contract.",
    ),
    Rule(
        "SCH004",
        "column of another type",
        _type,
        "`datasets` casts in silence or fails, depending on the type.",
        "Write the table with the contract's Arrow schema.",
        "`context_start` as text; a column in which everything is null",
    ),
    Rule(
        "SCH005",
        "null where none may be",
        _null,
        "Null labels crash `int2str` and turn label columns into floats.",
        "Fill the value; a vocabulary that can be empty has the member `none` or `unknown`.",
        after=("SCH004", "REL031"),
    ),
    Rule(
        "SCH006",
        "null inside a list or struct",
        _null_inside,
        "Both pandera and `datasets` accept it; code that slices with it breaks.",
        "Fill the field, or leave out the whole struct where the column may be null.",
        "`evidence: {start: null, ...}`",
        after=("REL031",),
    ),
    Rule(
        "SCH007",
        "label id that does not exist",
        _label,
        "An id beyond the names of its vocabulary breaks training; -1 is what `datasets` writes for"
        " 'no label' and counts as a class in most losses.",
        "Use an id of the vocabulary in the ontology.",
        "a vote with label 99",
    ),
    Rule(
        "SCH008",
        "text of another form than declared",
        _pattern,
        "Ids and hashes are joined on; one of another form never matches.",
        "Build the release again from its inputs.",
        "article_id `304dcb`",
    ),
    Rule(
        "SCH009",
        "number out of bounds",
        _bounds,
        "The column's meaning excludes it.",
        "Build the release again from its inputs.",
        "agreement 1.5",
    ),
    Rule(
        "SCH010",
        "table missing",
        _no_table,
        "Every table of the contract is a config that code may ask for, unless the manifest says"
        " that it has no rows (`{}`).",
        "Build the release again.",
        after=("SCH011", "REL031"),
        scope="release",
    ),
    Rule(
        "SCH011",
        "no rows at all",
        _no_rows,
        "An empty release passes every rule about rows, which proves nothing.",
        "Check that seeds and exports were found when it was built.",
        scope="release",
    ),
    Rule(
        "SCH012",
        "unknown table",
        _unknown_table,
        "It would be published without a contract, so that nothing in it is checked.",
        "Declare it in `tables.py` or remove the folder.",
        after=("REL031",),
        scope="release",
    ),
    Rule(
        "SCH013",
        "table without rows",
        _empty_table,
        "`datasets` cannot read an empty config, so it is left out; code that asks for it fails.",
        "Annotate articles that have what the table holds.",
        severity="warning",
        after=("SCH011",),
        scope="release",
    ),
)
