"""Where did a redirect lead: to the article, or to a door in front of it? Pure.

A site that sends readers to its front page, a log-in or a consent page answers 200 for an article it does not
show. Taken for the article, that page would swallow one story after another.
"""

from urllib.parse import urlsplit

DOORS = frozenset(
    [
        "account",
        "auth",
        "captcha",
        "challenge",
        "consent",
        "cookies",
        "cookie-consent",
        "denied",
        "error",
        "forbidden",
        "log-in",
        "login",
        "masuk",
        "not-found",
        "paywall",
        "register",
        "registration",
        "sign-in",
        "signin",
        "sso",
        "subscribe",
        "subscription",
    ]
)
"""Path segments of pages that stand before articles."""
LEAST_LIKENESS = 0.1
"""Share of letter pairs that two titles of one article have in common at least."""


def turned_away(asked: str, answered: str, *, expected: str | None, title: str | None) -> bool:
    """Tell whether a redirect from ``asked`` to ``answered`` led elsewhere than to the article.

    ``expected`` is the title its feed gave it, ``title`` the one of the page that answered.
    """
    here, there = urlsplit(asked), urlsplit(answered)
    if (here.netloc, here.path) == (there.netloc, there.path):
        return False
    segments = [segment.lower() for segment in there.path.split("/") if segment]
    if not segments or DOORS.intersection(segments):
        return here.path not in ("", "/")
    return bool(expected and title) and likeness(expected or "", title or "") < LEAST_LIKENESS


def likeness(one: str, other: str) -> float:
    """Return how alike two titles are: twice their common letter pairs over all of them (Dice), 0 to 1."""
    pairs, others = _pairs(one), _pairs(other)
    if not pairs or not others:
        return 1.0
    return 2 * len(pairs & others) / (len(pairs) + len(others))


def _pairs(text: str) -> set[str]:
    letters = "".join(character for character in text.casefold() if character.isalnum())
    return {letters[place : place + 2] for place in range(len(letters) - 1)}
