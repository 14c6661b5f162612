"""The demo world: invented papers and their articles, read from ``world.toml`` and ``papers/*.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal

FeedFormat = Literal["rss", "atom"]
TroubleKind = Literal["error", "slow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An article as it stood from one moment on."""

    at: datetime
    title: str
    lead: str
    """One or two sentences for the feed; they do not stand in the text again."""
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        """The paragraphs, joined by a blank line."""
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article with all its versions, oldest first; the first is its publication."""

    slug: str
    versions: tuple[Version, ...]
    section: str = "News"
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    agency: str | None = None
    """The wire agency the text came from, if it was not written in the house."""
    removed_at: datetime | None = None

    @property
    def published(self) -> datetime:
        """The moment the article came out."""
        return self.versions[0].at

    @property
    def path(self) -> str:
        """Where it stands on its site, like ``/2026/06/08/market-reopens``."""
        return f"/{self.published:%Y/%m/%d}/{self.slug}"

    def as_of(self, now: float) -> Version | None:
        """Return the version readers saw at epoch seconds ``now``; None before its publication."""
        seen = [version for version in self.versions if version.at.timestamp() <= now]
        return seen[-1] if seen else None

    def gone(self, now: float) -> bool:
        """Whether the publisher had taken it away by epoch seconds ``now``."""
        return self.removed_at is not None and self.removed_at.timestamp() <= now

    def changed(self, now: float) -> float:
        """Return the epoch seconds of its latest visible change up to ``now``."""
        moments = [version.at.timestamp() for version in self.versions]
        if self.removed_at is not None:
            moments.append(self.removed_at.timestamp())
        return max((moment for moment in moments if moment <= now), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A stretch of time in which a paper's feed misbehaves."""

    kind: TroubleKind
    since: datetime
    until: datetime
    status: int = 500
    """What an ``error`` answers with."""
    seconds: float = 0.0
    """How long a ``slow`` answer takes, on the real clock."""

    def holds(self, now: float) -> bool:
        """Whether it is on at epoch seconds ``now``."""
        return self.since.timestamp() <= now < self.until.timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One outlet: who it is, what it publishes and when its server is in trouble."""

    slug: str
    name: str
    language: str
    country: str = ""
    city: str = ""
    tagline: str = ""
    format: FeedFormat = "rss"
    full_text: bool = False
    """Whether the feed carries whole articles rather than their leads."""
    feed_length: int = 30
    """Most articles the feed lists, newest first."""
    articles: tuple[Article, ...] = ()
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All papers of the demo."""

    begins_at: datetime
    ends_at: datetime
    papers: tuple[Paper, ...]

    def paper(self, slug: str) -> Paper:
        """Return the paper of that slug; KeyError when there is none."""
        for paper in self.papers:
            if paper.slug == slug:
                return paper
        raise KeyError(slug)

    def moved_to(self, begins_at: datetime) -> "World":
        """Return the same world with every moment shifted so that it begins at ``begins_at``."""
        by = begins_at - self.begins_at
        papers = tuple(_shift_paper(paper, by) for paper in self.papers)
        return World(begins_at=self.begins_at + by, ends_at=self.ends_at + by, papers=papers)


def _shift_paper(paper: Paper, by: timedelta) -> Paper:
    articles = tuple(_shift_article(article, by) for article in paper.articles)
    troubles = tuple(replace(each, since=each.since + by, until=each.until + by) for each in paper.troubles)
    return replace(paper, articles=articles, troubles=troubles)


def _shift_article(article: Article, by: timedelta) -> Article:
    versions = tuple(replace(version, at=version.at + by) for version in article.versions)
    removed_at = article.removed_at + by if article.removed_at else None
    return replace(article, versions=versions, removed_at=removed_at)


def load_world(folder: Traversable | None = None) -> World:
    """Return the world kept in ``folder`` (the one shipped with kabar by default).

    ``world.toml`` names its span and its wire stories, ``papers/SLUG.toml`` one paper each.
    """
    folder = folder or resources.files("crawler.demo")
    about = tomllib.loads(folder.joinpath("world.toml").read_text("utf-8"))
    wires = {wire["id"]: wire for wire in about["wire"]}
    papers = tuple(_paper(slug, _toml(folder, slug), wires) for slug in about["papers"])
    return World(begins_at=about["begins_at"], ends_at=about["ends_at"], papers=papers)


def _toml(folder: Traversable, slug: str) -> dict[str, Any]:
    return tomllib.loads(folder.joinpath("papers", f"{slug}.toml").read_text("utf-8"))


def _paper(slug: str, raw: dict[str, Any], wires: Mapping[str, Any]) -> Paper:
    articles = tuple(_article(each, wires) for each in raw.pop("article"))
    troubles = tuple(Trouble(**each) for each in raw.pop("trouble", ()))
    return Paper(slug=slug, articles=articles, troubles=troubles, **raw)


def _article(raw: dict[str, Any], wires: Mapping[str, Any]) -> Article:
    wire = wires[raw["wire"]] if "wire" in raw else {}
    first = _version(wire | raw)
    versions = (first, *(_version(wire | raw | edit) for edit in raw.get("edit", ())))
    return Article(
        slug=raw["slug"],
        versions=versions,
        section=raw["section"],
        authors=tuple(raw.get("authors", ())),
        tags=tuple(raw.get("tags", ())),
        agency=wire.get("agency"),
        removed_at=raw.get("removed_at"),
    )


def _version(raw: Mapping[str, Any]) -> Version:
    return Version(
        at=raw["at"], title=raw["title"], lead=raw["lead"].strip(), paragraphs=split_paragraphs(raw["text"])
    )


def split_paragraphs(text: str) -> tuple[str, ...]:
    """Split a text at its blank lines; line breaks inside a paragraph become spaces."""
    blocks = (" ".join(block.split("\n")) for block in text.strip().split("\n\n"))
    return tuple(block.strip() for block in blocks if block.strip())
