"""``kabar rejudge``: judge the past anew."""

import time

import click

from crawler.cli.call import Call, Verb, json_option
from crawler.cli.exits import DONE
from crawler.cli.output import progress, write, write_json
from crawler.cli.phrases import count


@click.command(cls=Verb)
@json_option
@click.pass_obj
def command(call: Call, as_json: bool) -> int:
    """Judge all articles anew: which ones are copies, and of what story.

    For after a change of the settings or of kabar's version. Articles are judged in the order in which they
    came, each against those before it. A run that was broken off is gone on with, and to run it twice changes
    nothing.
    """
    from crawler.likeness import Likeness
    from crawler.rejudge import rejudge

    settings = call.settings()
    likeness = Likeness(window=settings.duplicates.window)
    with call.store() as store, progress() as step:
        done = rejudge(store, likeness, now=time.time(), step=lambda at, total: step(at, total))
    if as_json:
        write_json(
            {"resumed": done.resumed, "judged": done.judged, "copies": done.copies, "changed": done.changed}
        )
        return DONE
    if done.resumed:
        call.say("went on with a run that had been broken off")
    copies = count(done.copies, "copy", "copies")
    write(f"{count(done.judged, 'article')} judged: {copies}, {done.changed:,} in another story than before")
    return DONE
