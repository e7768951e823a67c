"""KEY: addresses of pages that are none, or that are somebody's own."""

from __future__ import annotations

from tests.mutations.kind import rows


def _address(code, name, *choices):
    def damage(draft, site, rng):
        row = draft.pick(site, rng)
        row["url"] = rng.choice(choices)
        return draft.at("articles", row, site.split, says="url")

    damage.__name__ = name
    return rows(code, "articles")(damage)


no_page = _address(
    "KEY032", "no_page", "javascript:alert(1)", "file:///home/anna/a.html", "news.example.org/a",
    "ftp://news.example.org/a", "//news.example.org/a", "https:///a", "https://localhost/a", "",
    "https://news.example.org/a b", "data:text/html,<b>x</b>", "HTTPS//news.example.org",
)  # fmt: skip
password_in_the_address = _address(
    "KEY032", "password_in_the_address", "https://anna:secret@news.example.org/a",
    "http://anna@news.example.org", "https://:token@news.example.org/a?b=1",
)  # fmt: skip
somebodys_session = _address(
    "KEY033", "somebodys_session", "https://news.example.org/a?PHPSESSID=0123456789abcdef",
    "https://news.example.org/a;jsessionid=1A2B3C?b=1", "https://news.example.org/a?b=1&access_token=x",
    "https://news.example.org/?email=jane.doe@example.org&a=1",
    "https://news.example.org/a?u=jane%40example.org", "https://b.example.org/a?X-Amz-Signature=0",
)  # fmt: skip
