"""Whether this machine has the libraries and the browser that sources want."""

import asyncio
from collections.abc import Iterable, Iterator

from crawler.health import Finding
from crawler.options import read_options
from crawler.settings import FetchSettings
from spiders.errors import LocalFailure
from spiders.extras import browsers, can_impersonate
from storage.model import Source


def lacking(sources: Iterable[Source], settings: FetchSettings) -> Iterator[Finding]:
    """Say what active sources want and is not here. The browser is begun, once, if one of them needs it."""
    wanted = [read_options(source.options) for source in sources if source.state == "active"]
    imitated = sorted({options.impersonate for options in wanted if options.impersonate})
    unknown = [name for name in imitated if name not in browsers()]
    if imitated and not can_impersonate():
        what = "sources are to be fetched as a browser would, for which a library is missing"
        yield _alarm("no_impersonation", what, "pip install 'kabar[impersonate]'")
    elif unknown:
        what = f"sources are to be fetched as browsers that curl_cffi does not know: {', '.join(unknown)}"
        advice = "`kabar sources set SOURCE --impersonate chrome` always names the newest"
        yield _alarm("no_impersonation", what, advice)
    if any(options.render for options in wanted) and (problem := asyncio.run(_browser_problem(settings))):
        what = "the scripts of sources' pages are to be run, which is not possible"
        yield _alarm("no_browser", what, problem)


async def _browser_problem(settings: FetchSettings) -> str | None:
    from crawler.worker import fetch_policy
    from spiders.browser import Browser

    browser = Browser(fetch_policy(settings))
    try:
        await browser.check()
    except LocalFailure as error:
        return error.message
    finally:
        await browser.close()
    return None


def _alarm(code: str, what: str, advice: str) -> Finding:
    return Finding(code=code, severity="alarm", what=what, advice=advice)
