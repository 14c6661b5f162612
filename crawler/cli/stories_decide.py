"""``kabar stories part`` and ``join``: what a person decides about stories, for good."""

import time
from typing import TYPE_CHECKING

import click

from crawler.cli.call import Call, Verb, json_option
from crawler.cli.exits import DONE
from crawler.cli.output import write_json
from crawler.cli.phrases import count

if TYPE_CHECKING:
    from storage.membership import Moved


@click.command(cls=Verb)
@click.argument("article")
@json_option
@click.pass_obj
def part(call: Call, article: str, as_json: bool) -> int:
    """Take an article out of its story, with the copies that joined because of it.

    It begins a story of its own and stays out, whatever is judged later; `kabar stories join ARTICLE` lets
    kabar's judgement hold again. ARTICLE is its number or any URL that led to it.
    """
    from crawler.cli.show import find

    with call.store() as store:
        found = find(store, article)
        moved = store.stories.part(found.id, at=time.time())
        alone = store.stories.get(moved.story).articles == 1
    if moved.articles:
        _tell(call, found.id, moved, as_json=as_json)
        return DONE
    why = (
        "stands alone: nobody else printed its text"
        if alone
        else "is the first of its story: part those from it that do not belong to it; "
        f"`kabar show {found.id} --story` tells them"
    )
    call.say(f"article {found.id} {why}")
    _record(found.id, moved, as_json=as_json)
    return DONE


@click.command(cls=Verb)
@click.argument("article")
@click.argument("story", type=click.IntRange(min=1), required=False)
@json_option
@click.pass_obj
def join(call: Call, article: str, story: int | None, as_json: bool) -> int:
    """Put an article into a story, with the copies that joined because of it.

    It stays there, whatever is judged later. The first article of a story brings the whole story along.
    Without STORY, what was decided by hand about ARTICLE is taken back: it goes where kabar had put it.
    """
    from crawler.cli.show import find

    with call.store() as store:
        found = find(store, article)
        if story is None:
            moved = store.stories.release(found.id)
        else:
            moved = store.stories.join(found.id, story, at=time.time())
    if moved.articles:
        _tell(call, found.id, moved, as_json=as_json)
    else:
        already = f"is in story {moved.story} already" if story else "is where kabar had put it"
        call.say(f"article {found.id} {already}")
        _record(found.id, moved, as_json=as_json)
    return DONE


COMMANDS = (part, join)


def _tell(call: Call, article_id: int, moved: "Moved", *, as_json: bool) -> None:
    others = len(moved.articles) - 1
    along = f", and {count(others, 'copy', 'copies')} with it" if others else ""
    if moved.story == moved.before:  # where kabar's judgement has it as well
        call.say(f"article {article_id} stays in story {moved.story}; what was decided by hand is taken back")
    else:
        call.say(f"article {article_id} is in story {moved.story} now, no longer in {moved.before}{along}")
    _record(article_id, moved, as_json=as_json)


def _record(article_id: int, moved: "Moved", *, as_json: bool) -> None:
    if as_json:
        write_json(
            {
                "article_id": article_id,
                "story_id": moved.story,
                "before": moved.before,
                "moved": list(moved.articles),
            }
        )
