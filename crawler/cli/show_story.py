"""``kabar show --story``: who printed the text of an article, when, and what each made of it."""

from typing import TYPE_CHECKING

from crawler.cli.output import Column, on_terminal, show_facts, show_list, write, write_json
from crawler.cli.phrases import count, duration, stamp
from crawler.stories.account import MOST, Account, Part, account_of, account_record, part_record
from crawler.stories.origin import came_out

if TYPE_CHECKING:
    from storage.store import Store


def show_story(store: "Store", story_id: int, *, as_json: bool) -> None:
    """Tell a story: JSON, a table under what it is, or a line for each article."""
    account = account_of(store, story_id)
    if as_json:
        write_json(account_record(account))
        return
    if on_terminal():
        show_facts(_facts(account))
        write("")
    show_list(
        account.parts, _COLUMNS if on_terminal() else [*_COLUMNS, _URL], record=part_record, as_json=False
    )


def _facts(account: Account) -> list[tuple[str, object]]:
    story, origin = account.story, account.origin
    span = (story.last_at - story.first_at).total_seconds()
    size = f"{count(story.articles, 'article')} in {count(story.outlets, 'outlet')}"
    here = f" (article {origin.article_id})" if origin.article_id is not None else ""
    left = story.articles - len(account.parts)
    return [
        ("story", story.id),
        ("printed", f"{size} within {duration(span)}" if story.articles > 1 else size),
        ("origin", f"likely {origin.name}{here}: {origin.why}"),
        ("left out", f"{count(left, 'article')}: the first {MOST:,} are told" if left > 0 else None),
        ("kept apart", ", ".join(str(choice.article_id) for choice in account.apart)),
    ]


def _score(part: Part) -> str | None:
    return f"{part.join.score:.2f}" if part.join else None


def _of(part: Part) -> int | None:
    return part.join.other_id if part.join else None


def _shares(part: Part) -> str:
    """Say in a few words what an article has in common with the one that it joined."""
    join = part.join
    if join is None or join.how == "same":
        return part.matched
    return f"{join.own_share:.0%} of it, {join.other_share:.0%} of {join.other_id}"


def _note(part: Part) -> str:
    """Say what became of an article since."""
    member = part.member
    revised = f"revised {member.edits}x" if member.edits else ""
    return ", ".join(filter(None, (revised, "withdrawn" if member.withdrawn_at else "")))


_COLUMNS = [
    Column[Part]("id", lambda part: part.member.id, right=True),
    Column[Part](
        "came out",
        lambda part: came_out(part.member),
        shown=lambda part: stamp(came_out(part.member).astimezone()),
    ),
    Column[Part]("role", lambda part: part.role.name),
    Column[Part]("site", lambda part: part.member.site, cut=True),
    Column[Part]("score", _score, right=True),
    Column[Part]("of", _of, right=True),
    Column[Part]("matched", lambda part: part.matched, shown=_shares),
    Column[Part]("since", _note),
    Column[Part]("title", lambda part: part.member.title, cut=True),
]
_URL = Column[Part]("url", lambda part: part.member.url)
