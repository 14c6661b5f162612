"""``kabar show``: one article, its revisions, or what changed between two of them."""

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from crawler.cli.call import Call, Verb, json_option
from crawler.cli.exits import DONE
from crawler.cli.output import (
    Column,
    console,
    on_terminal,
    safe,
    safe_block,
    show_facts,
    show_list,
    write,
    write_json,
)
from crawler.cli.phrases import stamp
from crawler.errors import UsageError
from crawler.record import record, revision_record
from storage.model import Article, Content, Revision

if TYPE_CHECKING:
    from storage.store import Store

WIDTH = 90
"""Columns of running text on a wide terminal: lines longer than this are hard to read."""
_SENTENCE = re.compile(r"(?<=[.!?])[\"”’')\]]*\s+|(?<=[。！？])")


@click.command(cls=Verb)
@click.argument("article")
@click.option("--revisions", is_flag=True, help="List its revisions.")
@click.option(
    "--diff",
    type=click.IntRange(min=0),
    is_flag=False,
    flag_value=0,
    metavar="[N]",
    help="What changed in the last revision, or in revision N.",
)
@json_option
@click.pass_obj
def command(call: Call, article: str, revisions: bool, diff: int | None, as_json: bool) -> int:
    """Show one article, its revisions or their difference.

    ARTICLE is its number or any URL that led to it.
    """
    with call.store() as store:
        found = find(store, article)
        kept = store.articles.revisions(found.id) if revisions or diff is not None else []
    if diff is not None:
        _show_diff(found, *_pair(found, kept, diff), as_json=as_json)
    elif revisions:
        show_list(kept, _REVISION_COLUMNS, record=revision_record, as_json=as_json)
    elif as_json:
        write_json(record(found))
    else:
        _show(found)
    return DONE


def find(store: "Store", text: str) -> Article:
    """Return the article with that number or URL. Raises ArticleNotFound, or UsageError for neither."""
    if text.isdecimal():
        return store.articles.get(text)
    from crawler.normalize.url import clean_url, url_key

    url = clean_url(text)
    if url is None:
        raise UsageError(f"{text!r} is neither an article's number nor a URL; `kabar search` finds articles")
    found = store.articles.by_keys([url_key(url)])
    if found is None:
        from storage.errors import ArticleNotFound

        raise ArticleNotFound(
            text, f"no article has the URL {url}; `kabar why {url}` tells what is known of it"
        )
    return found


def _show(article: Article) -> None:
    content = article.content
    if not on_terminal():
        write(safe(content.title) + "\n")
        show_facts(_facts(article))
        write("\n" + safe_block("\n\n".join(part for part in (_lead(content), content.text) if part)))
        return
    from rich.text import Text

    screen = console()
    width = min(screen.width, WIDTH)
    screen.print(Text(safe(content.title), style="bold"), width=width)
    screen.print()
    show_facts(_facts(article))
    screen.print()
    if lead := _lead(content):
        screen.print(Text(safe(lead) + "\n", style="italic"), width=width)
    screen.print(Text(safe_block(content.text)), width=width)


def _lead(content: Content) -> str | None:
    """Return the lead unless the text begins with it, as it does where it was cut from the text."""
    if content.lead is None or content.text.startswith(content.lead.rstrip(" .…")):
        return None
    return content.lead


def _facts(article: Article) -> list[tuple[str, object]]:
    content = article.content
    paywalled = "yes" if content.paywalled else None
    origin = (
        None
        if content.text_source == "page"
        else f"the text is the {content.text_source}'s own, not the page's"
    )
    return [
        ("article", article.id),
        ("published", stamp(content.published_at)),
        ("modified", stamp(content.modified_at)),
        ("by", content.byline or ", ".join(content.authors)),
        ("publisher", content.publisher or content.site),
        ("language", content.language),
        ("section", content.section),
        ("tags", ", ".join(content.tags)),
        ("url", content.url),
        ("canonical", content.canonical_url if content.canonical_url != content.url else None),
        ("words", content.word_count),
        ("paywalled", paywalled),
        ("note", origin),
        ("first seen", stamp(article.first_seen_at.astimezone())),
        ("fetched", stamp(article.fetched_at.astimezone())),
        ("revision", article.revision),
        ("story", article.story_id),
        ("duplicate of", article.duplicate_of),
        ("sources", ", ".join(article.sources)),
    ]


_REVISION_COLUMNS = [
    Column[Revision]("revision", lambda revision: revision.number, right=True),
    Column[Revision](
        "seen", lambda revision: revision.seen_at, shown=lambda revision: stamp(revision.seen_at.astimezone())
    ),
    Column[Revision]("words", lambda revision: revision.content.word_count, right=True),
    Column[Revision]("text hash", lambda revision: revision.content.content_hash[:12]),
    Column[Revision]("title", lambda revision: revision.content.title, cut=True),
]


def _pair(article: Article, revisions: Sequence[Revision], number: int) -> tuple[Revision, Revision]:
    """Return revision ``number`` (0: the last) and the one before it."""
    by_number = {revision.number: revision for revision in revisions}
    new = by_number.get(number or article.revision)
    if new is None:
        raise UsageError(f"article {article.id} has no revision {number}; it has {len(revisions)}")
    old = by_number.get(new.number - 1)
    if old is None:
        raise UsageError(f"article {article.id} has one revision only: there is nothing to compare")
    return old, new


def _show_diff(article: Article, old: Revision, new: Revision, *, as_json: bool) -> None:
    lines = list(diff(old, new))
    if as_json:
        write_json({"id": article.id, "from": old.number, "to": new.number, "diff": lines})
    elif on_terminal():
        _draw_diff(lines)
    else:
        for line in lines:
            write(safe(line))


def diff(old: Revision, new: Revision) -> Iterator[str]:
    """Return a unified diff of two revisions: one line a field, then one line a sentence."""
    return difflib.unified_diff(
        lines_of(old.content),
        lines_of(new.content),
        fromfile=f"revision {old.number}, seen {stamp(old.seen_at)}",
        tofile=f"revision {new.number}, seen {stamp(new.seen_at)}",
        lineterm="",
    )


def lines_of(content: Content) -> list[str]:
    """Return what a reader sees of a revision as lines that compare well."""
    fields = {
        "title": content.title,
        "lead": content.lead,
        "byline": content.byline or ", ".join(content.authors),
        "published": stamp(content.published_at),
        "section": content.section,
        "tags": ", ".join(content.tags),
        "image": content.image_url,
    }
    head = [f"{name}: {value}" for name, value in fields.items() if value]
    return [*head, "", *_sentences(content.text)]


def _sentences(text: str) -> Iterator[str]:
    for paragraph in text.splitlines():
        yield from _cut(paragraph)


def _cut(paragraph: str) -> Iterator[str]:
    start = 0
    for match in _SENTENCE.finditer(paragraph):
        yield paragraph[start : match.end()].strip()
        start = match.end()
    if start < len(paragraph) or not paragraph:
        yield paragraph[start:].strip()


_DIFF_STYLES = {"+++": "bold", "---": "bold", "@@ ": "cyan"}


def _draw_diff(lines: Sequence[str]) -> None:
    from rich.text import Text

    screen = console()
    for line in lines:
        style = _DIFF_STYLES.get(line[:3]) or {"+": "green", "-": "red"}.get(line[:1], "")
        screen.print(Text(safe(line), style=style))
