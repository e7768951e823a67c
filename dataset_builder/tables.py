"""One declaration per table; Arrow schema, `datasets.Features`, pandera schema, `schemas/*.yaml`
and the card's column lists are all made from it.

A new column is one entry here: the strict schemas then fail until `assemble` fills it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datasets
    import polars as pl
    import pyarrow as pa

    from dataset_builder.ontology import Ontology

SCHEMA_VERSION = "1.1"
"""Version of the contract below; a release names the one it was written by."""


@dataclass(frozen=True)
class Scalar:
    """A plain value: string, int32, float64, date32 or timestamp (microseconds, UTC)."""

    kind: str
    surface: bool = False
    """Whether it repeats the publishers' words: null in a release that withholds the text."""


@dataclass(frozen=True)
class ClassOf:
    """A member of a closed vocabulary of the ontology, stored as its id."""

    vocabulary: str


@dataclass(frozen=True)
class Struct:
    """Named fields; a field is nullable only when `nullable` names it."""

    fields: tuple[tuple[str, Type], ...]
    nullable: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ListOf:
    """Zero or more items, never null."""

    item: Type


Type = Scalar | ClassOf | Struct | ListOf

STRING = Scalar("string")
SURFACE = Scalar("string", surface=True)
INT = Scalar("int32")
FLOAT = Scalar("float64")
DATE = Scalar("date32")
TIMESTAMP = Scalar("timestamp")
RANGE = Struct((("start", INT), ("end", INT)))
SPAN = Struct((("start", INT), ("end", INT), ("text", SURFACE)))


def votes_of(vocabulary: str) -> ListOf:
    """Votes: one per annotator who completed the article, in the order of the pseudonyms."""
    return ListOf(
        Struct(
            (
                ("annotator", STRING),
                ("kind", ClassOf("annotator_kind")),
                ("label", ClassOf(vocabulary)),
            )
        )
    )


@dataclass(frozen=True)
class Column:
    """One column. `pattern` is a full regular expression for strings."""

    name: str
    type: Type
    doc: str
    nullable: bool = False
    unique: bool = False
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Table:
    """One table, which is one config of a release."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """Columns that together are unique; also the order of the rows."""
    textual: bool = False
    """Whether it is the text in another form: left out of a release that withholds the text."""

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(column.name for column in self.columns)


HEX16 = r"^[0-9a-f]{16}$"
HEX64 = r"^[0-9a-f]{64}$"
PSEUDONYM = r"^[a-z0-9][a-z0-9-]*$"
MENTION = r"^[0-9a-f]{16}:\S+$"
SENTENCE = r"^[0-9a-f]{16}:[0-9]+$"

ARTICLES = Table(
    "articles",
    "One row an article: the cleaned text and what the page states about it.",
    (
        Column(
            "article_id",
            STRING,
            "first 16 hex digits of the SHA-256 of the raw page",
            unique=True,
            pattern=HEX16,
        ),
        Column("title", SURFACE, "headline, without the site's name", nullable=True),
        Column("text", SURFACE, "cleaned body: NFC, paragraphs separated by one blank line"),
        Column("outlet", STRING, "site or paper, as the page names it", nullable=True),
        Column("agency", STRING, "agency or paper that the page credits", nullable=True),
        Column("byline", STRING, "author, as printed", nullable=True),
        Column("dateline", STRING, "place the report is datelined from", nullable=True),
        Column("published_at", TIMESTAMP, "UTC; null unless the page states it", nullable=True),
        Column("published_basis", ClassOf("published_basis"), "how `published_at` is known"),
        Column("language", STRING, "ISO 639-1, `und` when unknown", pattern=r"^([a-z]{2,3}|und)$"),
        Column("url", STRING, "address of the page, when known", nullable=True),
        Column("source", STRING, "file or record that the page was read from"),
        Column("duplicate_group", STRING, "near-duplicates share it", pattern=HEX16),
        Column("story", STRING, "articles on one happening share it; never crosses splits"),
        Column("paragraphs", ListOf(RANGE), "offsets of the paragraphs in `text`"),
        Column("sentences", ListOf(RANGE), "offsets of the sentences in `text`"),
        Column("raw_sha256", STRING, "SHA-256 of the raw page", pattern=HEX64),
        Column("text_sha256", STRING, "SHA-256 of `text` in UTF-8", pattern=HEX64),
    ),
    key=("article_id",),
)

STANCE = Table(
    "stance",
    "One row per holder, target and evidence. A model's input is `text` + `holder` + `target`.",
    (
        Column("text", SURFACE, "context: the sentence(s) that hold evidence, holder and target"),
        Column("holder", STRING, "who holds the stance, by name; `the author` for the article"),
        Column("target", STRING, "what it is about, by name"),
        Column("label", ClassOf("stance_label"), "the stance"),
        Column("stance_id", STRING, "id of the row", unique=True, pattern=HEX16),
        Column("pair_id", STRING, "id of article, holder and target", pattern=HEX16),
        Column("article_id", STRING, "article", pattern=HEX16),
        Column("holder_id", STRING, "actor id, or `author`"),
        Column("holder_kind", ClassOf("holder_kind"), "actor, or the article's own voice"),
        Column(
            "holder_code", STRING, "code of the holder, e.g. of country and sector", nullable=True
        ),
        Column("target_id", STRING, "actor id or issue id"),
        Column("target_kind", ClassOf("target_kind"), "actor or issue"),
        Column("target_code", STRING, "code of a target actor", nullable=True),
        Column("expression", ClassOf("expression"), "how it is expressed; none without evidence"),
        Column("evidence", SPAN, "words that justify the label, in the article", nullable=True),
        Column("holder_span", SPAN, "mention of the holder, in the article", nullable=True),
        Column("target_span", SPAN, "mention of the target, in the article"),
        Column("context_start", INT, "offset of `text` in the article", minimum=0),
        Column("basis", ClassOf("stance_basis"), "annotated, from the pair grid, or derived"),
        Column("votes", votes_of("stance_vote"), "what each annotator said of this pair"),
        Column(
            "agreement",
            FLOAT,
            "share of votes for `label`; for derived rows, share that marked nothing",
            minimum=0,
            maximum=1,
        ),
        Column("outlet", STRING, "outlet of the article", nullable=True),
        Column("published_at", TIMESTAMP, "publication of the article", nullable=True),
        Column("story", STRING, "story of the article"),
    ),
    key=("stance_id",),
)

EVENTS = Table(
    "events",
    "One row an event mention: a trigger with its type, attributes, arguments and dates.",
    (
        Column("text", SURFACE, "context: the sentence(s) that hold trigger and arguments"),
        Column("type", ClassOf("event_type"), "event type"),
        Column("trigger", SPAN, "trigger, in the article"),
        Column("mention_id", STRING, "id of the row", unique=True, pattern=MENTION),
        Column("event_id", STRING, "mentions of one event share it", pattern=MENTION),
        Column("article_id", STRING, "article", pattern=HEX16),
        Column("quad", ClassOf("quad"), "quad class, derived from the type"),
        Column("modes", ListOf(ClassOf("mode")), "modes of the type, in the order of their ids"),
        Column("contexts", ListOf(ClassOf("context")), "what it is about, in the order of ids"),
        Column("polarity", ClassOf("polarity"), "did it happen"),
        Column("modality", ClassOf("modality"), "is it asserted as real"),
        Column("tense", ClassOf("tense"), "when, seen from publication"),
        Column("date_start", DATE, "first day, when the text supports one", nullable=True),
        Column("date_end", DATE, "last day; null when open or unknown", nullable=True),
        Column("date_precision", ClassOf("date_precision"), "precision of the date"),
        Column("date_basis", ClassOf("date_basis"), "how the date is known"),
        Column(
            "arguments",
            ListOf(
                Struct(
                    (
                        ("role", ClassOf("role")),
                        ("start", INT),
                        ("end", INT),
                        ("text", SURFACE),
                        ("actor_ids", ListOf(STRING)),
                        ("actor_codes", ListOf(STRING)),
                        ("timex3", STRING),
                    ),
                    nullable=frozenset({"timex3"}),
                )
            ),
            "arguments, by role, then start; codes run parallel to ids, empty without a code",
        ),
        Column("context_start", INT, "offset of `text` in the article", minimum=0),
        Column("votes", votes_of("event_vote"), "type that each annotator gave this trigger"),
        Column("outlet", STRING, "outlet of the article", nullable=True),
        Column("published_at", TIMESTAMP, "publication of the article", nullable=True),
        Column("story", STRING, "story of the article"),
    ),
    key=("mention_id",),
)

TRIGGERS = Table(
    "triggers",
    "One row a sentence of an annotated article: its tokens, and which are triggers of events.",
    (
        Column("tokens", ListOf(STRING), "words and single signs: matches of `\\w+|[^\\w\\s]`"),
        Column(
            "ner_tags",
            ListOf(ClassOf("trigger_tag")),
            "tag of each token: B-TYPE begins a trigger, I-TYPE goes on with it, O is none",
        ),
        Column("id", STRING, "article and index of the sentence", unique=True, pattern=SENTENCE),
        Column("article_id", STRING, "article", pattern=HEX16),
        Column("sentence_index", INT, "which of the article's `sentences`, from 0", minimum=0),
        Column("token_starts", ListOf(INT), "offset of each token in the article"),
    ),
    key=("article_id", "sentence_index"),
    textual=True,
)

ANNOTATIONS = Table(
    "annotations",
    "Everything every annotator entered, before any vote or adjudication; blanks stay null.",
    (
        Column(
            "annotation_id",
            STRING,
            "article, pseudonym and ordinal",
            pattern=r"^[0-9a-f]{16}:[a-z0-9-]+:[0-9]+$",
        ),
        Column("article_id", STRING, "article", pattern=HEX16),
        Column("annotator", STRING, "pseudonym", pattern=PSEUDONYM),
        Column("annotator_kind", ClassOf("annotator_kind"), "person or model"),
        Column("kind", ClassOf("annotation_kind"), "span, arrow, field of a span, or the article"),
        Column("region_id", STRING, "id of the span", nullable=True),
        Column("name", STRING, "control that was used; null for arrows", nullable=True),
        Column("values", ListOf(STRING), "labels, choices or text entered"),
        Column("start", INT, "offset in the article", nullable=True, minimum=0),
        Column("end", INT, "offset in the article, exclusive", nullable=True, minimum=0),
        Column("text", SURFACE, "surface of the span", nullable=True),
        Column("from_id", STRING, "arrow: region it was drawn from", nullable=True),
        Column("to_id", STRING, "arrow: region it was drawn to", nullable=True),
        Column("direction", ClassOf("direction"), "arrow: left reads as to -> from"),
        Column("origin", STRING, "manual, or how a suggestion was used", nullable=True),
        Column("state", ClassOf("annotation_state"), "state of the annotation it belongs to"),
        Column("text_sha256", STRING, "text it was made on", pattern=HEX64),
    ),
    key=("annotation_id", "kind", "start", "end", "region_id", "name", "from_id", "to_id"),
)

TABLES: dict[str, Table] = {
    table.name: table for table in (STANCE, EVENTS, TRIGGERS, ARTICLES, ANNOTATIONS)
}
"""Every table, in the order of the card; the first is the default config."""

TEXT_KINDS = ("full", "withheld", "partial")
"""What the manifest says of the text: all there, none, or as much as `hydrate` could restore."""

ARTICLE_ROW = "annotation"
"""`name` of the row of kind `article` that every annotation has, even one without a result."""


def contract_of(tables: dict[str, Table], text: str) -> dict[str, Table]:
    """What `tables` are in a release of one of `TEXT_KINDS`: unless it is full, surfaces may be
    null; where all text is withheld, tables that are textual are not there."""
    if text not in TEXT_KINDS[1:]:
        return tables
    return {
        name: replace(table, columns=tuple(map(_without_text, table.columns)))
        for name, table in tables.items()
        if text == "partial" or not table.textual
    }


def _without_text(column: Column) -> Column:
    surface = isinstance(column.type, Scalar) and column.type.surface
    return replace(column, type=_with_nulls(column.type), nullable=column.nullable or surface)


def _with_nulls(kind: Type) -> Type:
    if isinstance(kind, ListOf):
        return ListOf(_with_nulls(kind.item))
    if isinstance(kind, Struct):
        fields = tuple((name, _with_nulls(item)) for name, item in kind.fields)
        surfaces = {name for name, item in fields if isinstance(item, Scalar) and item.surface}
        return Struct(fields, kind.nullable | surfaces)
    return kind


def arrow_schema(table: Table, ontology: Ontology) -> pa.Schema:
    """Arrow schema with the `huggingface` metadata that makes class labels readable without a card."""
    return features(table, ontology).arrow_schema


def features(table: Table, ontology: Ontology) -> datasets.Features:
    """`datasets` features, class names included."""
    import datasets

    return datasets.Features(
        {column.name: _feature(column.type, ontology) for column in table.columns}
    )


def _feature(kind: Type, ontology: Ontology) -> Any:
    import datasets

    if isinstance(kind, ClassOf):
        return datasets.ClassLabel(names=list(ontology.names(kind.vocabulary)))
    if isinstance(kind, ListOf):
        return datasets.List(_feature(kind.item, ontology))
    if isinstance(kind, Struct):
        return {name: _feature(item, ontology) for name, item in kind.fields}
    return datasets.Value("timestamp[us, tz=UTC]" if kind.kind == "timestamp" else kind.kind)


def arrow_type(kind: Type) -> pa.DataType:
    """Arrow type of a column, as `arrow_schema` has it, without `datasets`."""
    import pyarrow as pa

    if isinstance(kind, ClassOf):
        return pa.int64()
    if isinstance(kind, ListOf):
        return pa.list_(arrow_type(kind.item))
    if isinstance(kind, Struct):
        return pa.struct([(name, arrow_type(item)) for name, item in kind.fields])
    if kind.kind == "timestamp":
        return pa.timestamp("us", "UTC")
    return pa.type_for_alias(kind.kind)


def polars_type(kind: Type) -> pl.DataType:
    """Polars type of a column as it is read from Parquet."""
    import polars as pl

    if isinstance(kind, ClassOf):
        return pl.Int64()
    if isinstance(kind, ListOf):
        return pl.List(polars_type(kind.item))
    if isinstance(kind, Struct):
        return pl.Struct({name: polars_type(item) for name, item in kind.fields})
    scalars: dict[str, pl.DataType] = {
        "string": pl.String(),
        "int32": pl.Int32(),
        "float64": pl.Float64(),
        "date32": pl.Date(),
        "timestamp": pl.Datetime("us", "UTC"),
    }
    return scalars[kind.kind]


def describe_type(kind: Type, ontology: Ontology) -> str:
    """The type as the card shows it, e.g. `class {neutral, against, favor}`."""
    if isinstance(kind, ClassOf):
        names = ontology.names(kind.vocabulary)
        if len(names) > 6:
            return f"class `{kind.vocabulary}` ({len(names)} labels)"
        return f"class {{{', '.join(names)}}}"
    if isinstance(kind, ListOf):
        return f"list of {describe_type(kind.item, ontology)}"
    if isinstance(kind, Struct):
        inner = ", ".join(
            name if isinstance(item, Scalar) else f"{name}: {describe_type(item, ontology)}"
            for name, item in kind.fields
        )
        return f"{{{inner}}}"
    return "timestamp (UTC)" if kind.kind == "timestamp" else kind.kind
