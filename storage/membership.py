"""What is kept of stories: their size, their members, what people decided. Values of the standard library."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.likeness import Join

StorySort = Literal["newest", "size"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The articles that carry one text, counted."""

    id: int
    """The number of its first article."""
    articles: int
    outlets: int
    """Different sites among them."""
    first_at: datetime
    """When the first of them came out (or was first seen, where that is not known)."""
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPage:
    """One page of stories, and the cursor of the next one (None at the end)."""

    stories: tuple[Story, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person decided about an article's place."""

    article_id: int
    kind: Literal["apart", "alone", "joined"]
    """``apart`` from the story that it was in, ``alone`` since it was taken out of another one as well, or
    ``joined`` to a story of the person's choice."""
    other_id: int | None
    """The first article of that story, when it was decided; None where that was not kept."""
    before_id: int | None
    """The article it had joined before; None when it was the first of its story."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article of a story, with what tells where its text comes from."""

    id: int
    story_id: int
    url: str
    site: str
    publisher: str | None
    title: str
    language: str | None
    authors: tuple[str, ...]
    byline: str | None
    dateline: str | None
    credits: tuple[str, ...]
    image_credit: str | None
    opening: str
    """How its text begins, and how it ends."""
    closing: str
    word_count: int
    published_at: datetime | None
    first_seen_at: datetime
    revision: int
    withdrawn_at: datetime | None
    join: Join | None = None
    """Why it is in the story, by kabar's judgement; None for the first one."""
    choice: Choice | None = None
    edits: int = 0
    """How often its publisher changed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Which articles went from one story to another."""

    articles: tuple[int, ...]
    """The one that was asked for, and those that had joined because of it. None: nothing had to be done."""
    before: int
    story: int
