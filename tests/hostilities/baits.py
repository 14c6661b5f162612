"""Bait for expressions that backtrack: long runs of what they repeat."""

from tests.hostilities.catalogue import CATALOGUE, Hostile, Place, kind, page


def bait(name: str, *pieces: str, size: int = 60_000, heavy: bool = True) -> None:
    """Enter a page whose text, title, meta, by-line and data hold long runs of each piece."""

    @kind()
    def build(place: Place) -> str:
        runs = [piece * (size // len(piece)) for piece in pieces]
        return page("".join(_baited(run) for run in runs), place, head="".join(map(_baited_head, runs)))

    CATALOGUE[name] = Hostile(name, CATALOGUE.pop("build").build, sentence=None, heavy=heavy)


def _baited(run: str) -> str:
    quoted = run.replace("'", "").replace("<", "&lt;")
    return (
        f"<h1>{quoted}</h1><p>{quoted}x</p><p class='byline author'>By {quoted}!</p><a href='{quoted}'>x</a>"
        f"<a rel='author' href='/a'>{quoted}</a><time datetime='{quoted}'>{quoted}</time><div>{quoted}</div>"
        f"<a href='/tag/{quoted}'>t</a><span itemprop='author'>{quoted[:190]}</span><li>{quoted}</li>"
    )


def _baited_head(run: str) -> str:
    quoted = run.replace("'", "").replace("<", "&lt;")
    metas = (
        "author",
        "keywords",
        "og:title",
        "og:site_name",
        "article:published_time",
        "description",
        "robots",
    )
    data = run.replace("\\", "").replace('"', "'").replace("<", " ").replace("\n", " ")
    return (
        "".join(f"<meta name='{name}' content='{quoted}'>" for name in metas)
        + f"<link rel='canonical' href='https://warta.example/{quoted}'><title>{quoted}</title>"
        + f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{data}","author":"{data}",'
        + f'"datePublished":"{data}","articleBody":"{data}","keywords":"{data}"}}</script>'
    )


bait("long runs of spaces", " ", "\u00a0", "\u3000")
bait("long runs of line ends", "\n", "\r\n", " \n ")
bait("long runs of dashes", "-", " - ", "–—")
bait("long runs of brackets", "(", "[", "（", "()")
bait("by by by", "by ", "oleh ", "By: ", "Von ", heavy=False)
bait("long runs of names", "Ani Budi, ", "A and ", "x et y ", " dan ", heavy=False)
bait("long runs of digits", "1", "2026-", "25/11/", "12:", heavy=False)
bait("long runs of dots", ".", "...", "Mr. ", "a.")
bait("long runs of bars", "|", " | ", "»", " · ")
bait("long runs of quotes", '"', "“", "”", "\\")
bait("long runs of commas", ",", ", ", ";", "、")
bait("long runs of ampersands", "&", "&#", "&x", "&#x")
bait("long runs of addresses", "http://", "www.", "a@", "//")
bait("long runs of letters", "a", "A", "é", "字")
bait("long runs of combining marks", "\u0301", "\u200b", "\u200d\u200c", "\ufe0f")
bait("long runs of months", "November ", "jan ", "2 jam lalu ", "Editor: ")
bait("long runs of pointers", "Baca juga: ", "Read also ", "Advertisement ", "Copyright ")
bait("long runs of slashes", "/", "/a", "../", "%2F", heavy=False)
