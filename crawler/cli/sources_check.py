"""``kabar sources check``: look at sources here and now, and say what is wrong with them."""

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.call import Call, Verb, json_option, partial_option, private_option
from crawler.cli.exits import targets
from crawler.cli.findings import finding_record, sentence
from crawler.cli.output import progress, say, show_facts, write, write_json
from crawler.cli.phrases import relative, size
from crawler.cli.records import without_passwords

if TYPE_CHECKING:
    from crawler.check import Checked


@click.command(cls=Verb)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE|URL...")
@private_option
@json_option
@partial_option
@click.pass_obj
def check(call: Call, sources: tuple[str, ...], as_json: bool, partial_ok: bool) -> int:
    """Look at sources or URLs here and now, and say what is wrong with them.

    Each is fetched once, politely and as kabar always does; nothing is stored. Exit code 4 (1 for a single
    one) when there is a problem.
    """
    from crawler.check import run_check

    settings = call.settings()
    with progress(wanted=not call.quiet) as step:
        call.logging(calm=True)
        step(0, None, "looking")
        answers = run_check(settings, list(dict.fromkeys(sources)))
    for place, answer in enumerate(answers):
        if as_json:
            write_json(_record(answer))
            continue
        if place:
            write("")
        show_facts(_facts(answer))
    ill = [answer for answer in answers if _is_ill(answer)]
    for answer in ill:
        worst = next(finding for finding in answer.findings if finding.severity != "notice")
        say(f"kabar: {answer.target or repr('')}: {sentence(worst)}")
    return targets(failed=len(ill), total=len(answers), partial_ok=partial_ok)


def _is_ill(answer: "Checked") -> bool:
    return any(finding.severity != "notice" for finding in answer.findings)


def _facts(answer: "Checked") -> list[tuple[str, object]]:
    now = time.time()
    newest = relative(answer.newest.timestamp(), now=now) if answer.newest else None
    took = f"{answer.status} in {answer.seconds:.1f} s, {size(answer.size)}" if answer.status else None
    return [
        ("target", answer.target),
        ("source", answer.source_id),
        ("url", answer.url if answer.url != answer.target else None),
        ("answer", took),
        ("format", answer.format),
        ("title", answer.title),
        ("language", answer.language),
        ("entries", answer.entries if answer.format else None),
        ("newest", newest),
        ("verdict", "something is wrong" if _is_ill(answer) else "all is well"),
        *((finding.severity, f"{finding.code}: {sentence(finding)}") for finding in answer.findings),
    ]


def _record(answer: "Checked") -> dict[str, Any]:
    values = {field.name: getattr(answer, field.name) for field in dataclasses.fields(answer)}
    return {
        **without_passwords(values),
        "ok": not _is_ill(answer),
        "findings": [finding_record(finding) for finding in answer.findings],
    }
