"""The record people script against."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from crawler.record import FIELDS, REVISION_FIELDS, record, revision_record, timestamp
from storage.model import Article, Content, Revision

ORDER = """
id, url, canonical_url, site, publisher, title, lead, text, language, authors, byline, dateline, published_at,
modified_at, first_seen_at, last_seen_at, fetched_at, section, tags, image_url, word_count, paywalled,
text_source, provenance, content_hash, revision, story_id, duplicate_of, sources, citations, repeats,
image_caption, image_credit, credits, reservations, reader, withdrawn_at
"""
CONTENT = Content(
    url="https://www.example.com/a",
    canonical_url=None,
    site="example.com",
    publisher=None,
    title="A title",
    lead=None,
    text="One.\n\nTwo.",
    language="id",
    authors=("Jane Doe",),
    byline="(jhn/yn)",
    dateline=None,
    published_at=datetime(2025, 10, 21, 1, 15, tzinfo=timezone(timedelta(hours=7))),
    modified_at=None,
    section=None,
    tags=(),
    image_url=None,
    word_count=2,
    paywalled=None,
    text_source="page",
    provenance={"title": "json-ld"},
    content_hash="0" * 64,
    citations=({"name": "The Guardian"},),
    credits=("Reuters",),
    reservations={"robots": "noai"},
)
SEEN = datetime(2025, 10, 21, 5, 0, tzinfo=UTC)
ARTICLE = Article(
    id=7,
    content=CONTENT,
    first_seen_at=SEEN,
    last_seen_at=SEEN,
    fetched_at=SEEN,
    revision=2,
    story_id=7,
    duplicate_of=None,
    sources=("https://www.example.com/rss",),
    urls=("https://www.example.com/a",),
)


def test_fields_and_their_order() -> None:
    order = [name.strip() for name in ORDER.split(",")]
    assert list(FIELDS) == order
    assert list(record(ARTICLE)) == order


def test_values() -> None:
    values = json.loads(json.dumps(record(ARTICLE)))
    assert values["id"] == 7
    assert values["published_at"] == "2025-10-21T01:15:00+07:00"
    assert values["first_seen_at"] == "2025-10-21T05:00:00+00:00"
    assert values["authors"] == ["Jane Doe"]
    assert values["provenance"] == {"title": "json-ld"}
    assert values["citations"] == [{"name": "The Guardian"}]
    assert values["sources"] == ["https://www.example.com/rss"]
    assert values["revision"] == 2
    assert (values["credits"], values["reservations"]) == (["Reuters"], {"robots": "noai"})
    for name in (
        "canonical_url",
        "publisher",
        "lead",
        "modified_at",
        "section",
        "image_url",
        "paywalled",
        "duplicate_of",
        "image_caption",
        "image_credit",
        "reader",
    ):
        assert values[name] is None
    for name in ("tags", "repeats"):
        assert values[name] == []


def test_revision() -> None:
    values = revision_record(Revision(article_id=7, number=1, seen_at=SEEN, content=CONTENT))
    assert tuple(values) == REVISION_FIELDS
    assert (values["article_id"], values["revision"], values["seen_at"]) == (
        7,
        1,
        "2025-10-21T05:00:00+00:00",
    )
    assert values["text"] == CONTENT.text
    json.dumps(values)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (None, None),
        (datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC), "2025-01-02T03:04:05+00:00"),
        (datetime(2025, 1, 2, 3, 4, 5), "2025-01-02T03:04:05+00:00"),
        (datetime(2025, 1, 2, 3, 4, 5, 600, tzinfo=UTC), "2025-01-02T03:04:05.000600+00:00"),
        (
            datetime(2025, 1, 2, 3, 4, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
            "2025-01-02T03:04:00-03:30",
        ),
        (datetime(2025, 1, 2, 3, 4, tzinfo=timezone(timedelta(seconds=61))), "2025-01-02T03:02:59+00:00"),
    ],
)
def test_timestamps(moment: datetime | None, text: str | None) -> None:
    assert timestamp(moment) == text
