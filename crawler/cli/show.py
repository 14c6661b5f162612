"""``kabar show``: one article, its revisions, or what changed between two of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.call import Call, Verb, json_option, output_option
from crawler.cli.exits import DONE
from crawler.cli.output import console, on_terminal, safe, safe_block, show_facts, write, write_json
from crawler.cli.phrases import stamp
from crawler.cli.show_diff import show_diff, show_revisions
from crawler.errors import UsageError
from crawler.record import record
from storage.model import Article, Content, Revision

if TYPE_CHECKING:
    from storage.store import Store

WIDTH = 90
"""Columns of running text on a wide terminal: lines longer than this are hard to read."""

_MOST_REPEATS = 5
_LAST = "last"


class _Revision(click.IntRange):
    """The number of a revision, or ``last``, which is 0."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number."""
        return 0 if value == _LAST else super().convert(value, param, ctx)


@click.command(cls=Verb)
@click.argument("article")
@click.argument("other", required=False, metavar="")
@click.option("--revisions", is_flag=True, help="List its revisions: when, what changed, how much.")
@click.option(
    "--diff",
    type=_Revision(min=1),
    is_flag=False,
    flag_value=_LAST,
    metavar="[N | A B]",
    help="What changed in the last revision, in revision N, or between A and B.",
)
@click.option("--raw", is_flag=True, help="The page as it came, byte for byte; with --json its facts.")
@output_option("Write the page that --raw shows to FILE.")
@click.option(
    "--part",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="With --raw: page N of an article on several pages.",
)
@click.option("--story", is_flag=True, help="Who else printed its text, when, and what each made of it.")
@json_option
@click.pass_obj
def command(
    call: Call,
    article: str,
    other: str | None,
    revisions: bool,
    diff: int | None,
    raw: bool,
    output: Path | None,
    part: int,
    story: bool,
    as_json: bool,
) -> int:
    """Show one article, its revisions, their difference, its page as it came, or its story.

    ARTICLE is its number or any URL that led to it.
    """
    if other is not None and diff is None:
        raise UsageError(f"one article is shown at a time: {other!r} is one too many")
    if other is not None and not (other.isdecimal() and int(other)):
        raise UsageError(f"--diff compares two revisions by their numbers, which {other!r} is not")
    if not raw and (output is not None or part > 1):
        raise UsageError("--output and --part go with --raw: `kabar export` writes articles to files")
    views = {"--revisions": revisions, "--diff": diff is not None, "--raw": raw, "--story": story}
    if len(chosen := [name for name, wanted in views.items() if wanted]) > 1:
        raise UsageError(f"{' and '.join(chosen)} are shown one at a time")
    with call.store() as store:
        found = find(store, article)
        if raw:
            from crawler.cli.show_raw import show_raw

            show_raw(call, store, found, output, part=part, as_json=as_json)
            return DONE
        if story:
            from crawler.cli.show_story import show_story

            show_story(store, found.story_id, as_json=as_json)
            return DONE
        kept = store.articles.revisions(found.id) if revisions or diff is not None else []
    if diff is not None:
        show_diff(found.id, *_pair(found, kept, diff, None if other is None else int(other)), as_json=as_json)
    elif revisions:
        show_revisions(kept, as_json=as_json)
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


def _repeated(content: Content, repeat: Mapping[str, Any]) -> str:
    """Say which paragraphs of a text say the same."""
    first, second = (content.text.count("\n\n", 0, repeat[name][0]) + 1 for name in ("first", "second"))
    return f"paragraphs {first} and {second} ({repeat['score']:.0%} alike)"


def _picture(content: Content) -> str | None:
    """Return what is said of the picture, with its credit in brackets; its address where nothing is."""
    said = content.image_caption or (content.image_url if content.image_credit else None)
    return f"{said} ({content.image_credit})" if said and content.image_credit else said


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
        ("credits", ", ".join(content.credits)),
        ("picture", _picture(content)),
        ("cites", ", ".join(str(citation["name"]) for citation in content.citations)),
        ("repeats", "; ".join(_repeated(content, repeat) for repeat in content.repeats[:_MOST_REPEATS])),
        ("reserved", "; ".join(f"{where}: {what}" for where, what in content.reservations.items())),
        ("url", content.url),
        ("canonical", content.canonical_url if content.canonical_url != content.url else None),
        ("also at", ", ".join(url for url in article.urls if url != content.url)),
        ("words", content.word_count),
        ("paywalled", paywalled),
        ("note", origin),
        ("withdrawn", _withdrawn(article)),
        ("first seen", stamp(article.first_seen_at.astimezone())),
        ("fetched", stamp(article.fetched_at.astimezone())),
        ("left out", _left_out(content)),
        ("read by", f"reader {content.reader}" if content.reader else None),
        ("revision", article.revision),
        ("story", article.story_id),
        ("duplicate of", article.duplicate_of),
        ("sources", ", ".join(article.sources)),
    ]


def _left_out(content: Content) -> str | None:
    """Say how much of the page was no text because its site prints it under many articles."""
    number = content.provenance.get("repeated")
    return f"what its site repeats: {number} of its paragraphs" if number else None


def _withdrawn(article: Article) -> str | None:
    """Say that the publisher took an article away, or has put it back."""
    if article.withdrawn_at is not None:
        return f"its publisher took it away; not there since {stamp(article.withdrawn_at.astimezone())}"
    if article.returned_at is not None:
        return f"for a time; there again since {stamp(article.returned_at.astimezone())}"
    return None


def _last_edit(article: Article, revisions: Sequence[Revision]) -> int:
    """Return the number of the last revision that the publisher made. Raises UsageError for none."""
    edits = [revision.number for revision in revisions if revision.kind != "reread"]
    if edits[-1] == 1 and article.revision > 1:
        raise UsageError(
            f"the publisher of article {article.id} changed nothing: another reader read its page anew;"
            f" --diff {article.revision} shows how"
        )
    return edits[-1]


def _pair(
    article: Article, revisions: Sequence[Revision], number: int, other: int | None
) -> tuple[Revision, Revision]:
    """Return revisions ``number`` (0: the last edit) and ``other``; without, the one before and itself."""
    by_number = {revision.number: revision for revision in revisions}
    number = number or _last_edit(article, revisions)
    first, last = (number - 1, number) if other is None else (number, other)
    for wanted in (number, last):
        if wanted not in by_number:
            raise UsageError(f"article {article.id} has no revision {wanted}; it has {len(revisions)}")
    if first not in by_number:
        raise UsageError(f"article {article.id} has nothing before revision {last} to compare it with")
    return by_number[first], by_number[last]
