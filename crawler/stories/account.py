"""The account of a story: its articles in the order in which they came out, each with its role and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crawler.near.fingerprint import Fingerprint, fingerprint
from crawler.near.passages import Passages
from crawler.record import timestamp
from crawler.stories.origin import Origin, in_time, origin_of
from crawler.stories.roles import Role, original, role_of
from storage.likeness import Join
from storage.membership import Choice, Member, Story

if TYPE_CHECKING:
    from storage.store import Store

MOST = 1000
"""Articles of a story that are told one by one."""
_LISTED = 200
"""Articles by which the origin of a story in a list is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An article in the account of its story."""

    member: Member
    role: Role
    matched: str
    """What it has in common with the article that it joined; empty for the first one."""

    @property
    def join(self) -> Join | None:
        """By what it came to the story, where nobody put it there by hand."""
        by_hand = self.member.choice is not None and self.member.choice.kind == "joined"
        return self.member.join if self.matched and not by_hand else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A story as it is told."""

    story: Story
    origin: Origin
    parts: tuple[Part, ...]
    """In the order in which they came out, at most ``MOST`` of them."""
    apart: tuple[Choice, ...]
    """Articles that a person keeps out of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A story in a list."""

    story: Story
    origin: Origin
    title: str
    language: str | None


def account_of(store: "Store", story_id: int) -> Account:
    """Tell the story of that number. Raises StoryNotFound."""
    story = store.stories.get(story_id)
    members = in_time(store.stories.members([story_id], each=MOST))
    origin = origin_of(members)
    first = next((member for member in members if member.id == origin.article_id), members[0])
    texts = store.fingerprints.texts([member.id for member in members])
    roles = _roles(members, first, origin, texts)
    return Account(
        story=story,
        origin=origin,
        parts=tuple(
            Part(member=member, role=roles[member.id], matched=matched(member)) for member in members
        ),
        apart=tuple(store.stories.apart_from([member.id for member in members])),
    )


def lines_of(store: "Store", stories: Sequence[Story]) -> list[Line]:
    """Tell stories in a line each."""
    by_story: dict[int, list[Member]] = {}
    for member in store.stories.members([story.id for story in stories], each=_LISTED):
        by_story.setdefault(member.story_id, []).append(member)
    return [_line(story, in_time(by_story[story.id])) for story in stories if story.id in by_story]


def _line(story: Story, members: Sequence[Member]) -> Line:
    origin = origin_of(members)
    first = next((member for member in members if member.id == origin.article_id), members[0])
    return Line(story=story, origin=origin, title=first.title, language=first.language)


def matched(member: Member) -> str:
    """Say why an article is in its story."""
    if member.choice is not None and member.choice.kind == "joined":
        return "put here by hand"
    if member.join is None or member.id == member.story_id:  # the first one, taken out of another story
        return ""
    return "same text" if member.join.how == "same" else member.join.why


def _roles(
    members: Sequence[Member], first: Member, origin: Origin, texts: Mapping[int, str]
) -> dict[int, Role]:
    """Return the role of each article beside the original, or beside the first where that is not here."""
    here = origin.article_id is not None
    known = fingerprint(texts.get(first.id, ""))
    words = known.length
    roles = {}
    for member in members:
        if member is first:
            why = f"{origin.name}: {origin.why}"
            roles[member.id] = original(why) if here else Role(name="copy", why=f"the text is likely {why}")
            continue
        own = fingerprint(texts.get(member.id, ""))
        own_share, other_share = shares(own, known)
        roles[member.id] = role_of(
            own_share=own_share,
            other_share=other_share,
            words=own.length,
            other_words=words,
            other="the original" if here else f"article {first.id}",
        )
    return roles


def shares(one: Fingerprint, other: Fingerprint) -> tuple[float, float]:
    """Return the share of each text that stands in passages of the other."""
    if not (one.length and other.length):
        return 0.0, 0.0
    short, long = (one, other) if len(one.shingles) <= len(other.shingles) else (other, one)
    passages = Passages.of(short, long, least=0.0)
    if passages is None:
        return 0.0, 0.0
    found = (passages.short.share, passages.long.share)
    return found if short is one else found[::-1]


def line_record(line: Line) -> dict[str, Any]:
    """Return a story of a list as JSON-ready values."""
    return {
        "id": line.story.id,
        "title": line.title,
        "language": line.language,
        **_story_record(line.story, line.origin),
    }


def account_record(account: Account) -> dict[str, Any]:
    """Return the account of a story as JSON-ready values."""
    return {
        "id": account.story.id,
        **_story_record(account.story, account.origin),
        "members": [part_record(part) for part in account.parts],
        "apart": [choice.article_id for choice in account.apart],
    }


def _story_record(story: Story, origin: Origin) -> dict[str, Any]:
    return {
        "articles": story.articles,
        "outlets": story.outlets,
        "first_at": timestamp(story.first_at),
        "last_at": timestamp(story.last_at),
        "origin": _origin_record(origin),
    }


def _origin_record(origin: Origin) -> dict[str, Any]:
    return {"article_id": origin.article_id, "name": origin.name, "why": origin.why}


def part_record(part: Part) -> dict[str, Any]:
    """Return an article in the account of its story as JSON-ready values."""
    member = part.member
    join = part.join
    return {
        "id": member.id,
        "role": part.role.name,
        "role_why": part.role.why,
        "site": member.site,
        "publisher": member.publisher,
        "url": member.url,
        "title": member.title,
        "published_at": timestamp(member.published_at),
        "first_seen_at": timestamp(member.first_seen_at),
        "withdrawn_at": timestamp(member.withdrawn_at),
        "revision": member.revision,
        "word_count": member.word_count,
        "joined_to": join.other_id if join else None,
        "how": join.how if join else None,
        "score": join.score if join else None,
        "own_share": join.own_share if join else None,
        "other_share": join.other_share if join else None,
        "matched": part.matched or None,
        "by_hand": member.choice.kind if member.choice else None,
    }
