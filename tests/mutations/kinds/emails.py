"""REL: addresses of people in what travels with the rows."""

from __future__ import annotations

from tests.mutations.disk import edit_manifest, edit_prose, rewrite, write
from tests.mutations.kind import TABLES, Place, files

ADDRESSES = ("jane.doe@example.org", "J.Doe+news@uni.example.co.uk", "a@b.de")


@files("REL034")
def address_beside_an_annotator(release, site, rng):
    file = "schemas/annotators.yaml"
    text = (release / file).read_text(encoding="utf-8")
    number = len(text.split("\n"))
    write(release, file, f"{text}# draft-1 is {rng.choice(ADDRESSES)}\n")
    return Place(file, row=number)


@files("REL034")
def contact_beside_an_annotator(release, site, rng):
    """Whoever may be written to annotates by pseudonym all the same."""
    address, file = rng.choice(ADDRESSES), "schemas/annotators.yaml"
    citation = (release / "CITATION.cff").read_text(encoding="utf-8")
    write(release, "CITATION.cff", f"{citation}contact:\n  - name: X\n    email: {address}\n")
    text = (release / file).read_text(encoding="utf-8")
    write(release, file, f"{text}# {address}\n")
    return Place(file)


@files("REL034")
def address_in_the_card(release, site, rng):
    address = rng.choice(ADDRESSES)
    notes = ("Draft by a language model, first pass", "Draft by a language model, second pass")
    old = rng.choice(("## Bias, Risks and Limitations\n", "## Citation\n", *notes))
    edit_prose(release, lambda text: text.replace(old, f"{old} {address} ", 1))
    return Place("README.md", says="line")


@files("REL034")
def address_in_a_document(release, site, rng):
    file = rng.choice(
        ("CHANGELOG.md", "CODEBOOK.md", "schemas/guidelines.md", "schemas/actors.yaml",
         "schemas/targets.yaml", "figures/stance-label.svg")
    )  # fmt: skip
    text = (release / file).read_text(encoding="utf-8")
    written = rng.choice(("{}", "&#64;", "%40")).replace("{}", "@")
    comment = "<!-- {} -->\n" if file.endswith((".md", ".svg")) else "# {}\n"
    write(release, file, text + comment.format(rng.choice(ADDRESSES).replace("@", written)))
    return Place(file)


@files("REL034")
def address_in_the_manifest(release, site, rng):
    edit_manifest(release, lambda data: data.update(built_by=rng.choice(ADDRESSES)))
    return Place("MANIFEST.json")


@files("REL034", *TABLES)
def address_in_metadata(release, site, rng):
    key = rng.choice((b"annotators", b"pandas", b"creator"))
    told = f'{{"draft-1": "{rng.choice(ADDRESSES)}"}}'.encode()
    whole = rng.random() < 0.5

    def change(table):
        if whole:
            return table.replace_schema_metadata({**table.schema.metadata, key: told})
        number = rng.randrange(table.num_columns)
        field = table.schema.field(number).with_metadata({key: told})
        return table.cast(table.schema.set(number, field))

    file = rewrite(release, site.table, change, site.split)
    return Place(file, site.split)
