"""The topics that a page links to: marked as tags, behind a word for topics, in a list of tags."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import dropwhile, islice

from lxml.etree import XPath

from spiders.readers.conventions import topics
from spiders.readers.plain import MAX_NAME, plain
from spiders.readers.tree import HtmlTree, line_of

_MOST_TAGS = 12
"""More links than this are a cloud of the site's topics, not those of one article."""
_MOST_LINKS = 200
_TAG_FOLDERS = frozenset(
    [
        *("tag", "tags", "tagg", "hashtag", "topic", "topics", "topik", "theme", "themen", "thema", "tema"),
        *("temas", "schlagwort", "etiket", "keyword", "emne", "mot-cle"),
    ]
)
_MARKED_TAGS = XPath("descendant::a/@rel[contains(., 'tag')]/..")
_LISTS = ("ul", "ol", "div", "nav", "section", "p")
_CALLED = ("tag", "Tag", "opic", "eyword")
_TAG_LIST = re.compile(
    r"(?:^|[\s_-])(?:tags|tag-?list|tag-?cloud|topics|topic-?list|keywords?-?list|keywords)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_APART = ("nav", "header", "footer", "aside")
_MENU = re.compile(
    r"(?:^|[\s_-])(?:menu|\w*nav|navbar|navigation|burger|flyout|drawer|breadcrumbs?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LABELS = ("h2", "h3", "h4", "h5", "h6", "span", "strong", "b", "div", "p", "dt", "li")
_AROUND_LABEL = " :：#\t\r\n"
_MOST_LABELS = 5
_DEEPEST = 100
"""How far up from a link it is looked for what it stands in."""
_LEVELS = 4
"""How far up from a label the links behind it are looked for."""
_LONGEST_TOPIC = 45
_LONGEST_TAG = 60
_SENTENCE = re.compile(r"\w{3}[.!?…。]$")


def linked_topics(tree: HtmlTree) -> tuple[str, ...]:
    """Return the texts of links marked ``rel="tag"``, else of those behind a word such as "Topics", else of
    those in a list that is called one of tags, else of those to a tag's path, behind the headline or in its
    article. None when they are many, and none of menus.
    """
    for links in _ways(tree):
        own = (link for link in links[:_MOST_LINKS] if _in_content(link))
        tags = dict.fromkeys(text for link in islice(own, 100) if (text := _tag(link)))
        if 1 <= len(tags) <= _MOST_TAGS:
            return tuple(tags)
    return ()


def _ways(tree: HtmlTree) -> Iterator[list[HtmlTree]]:
    marked = [link for link in _MARKED_TAGS(tree) if "tag" in link.get("rel").split()]
    # WordPress marks its categories so, too; tags proper come before them.
    yield [link for link in marked if "category" not in link.get("rel")]
    yield marked
    headline = next(tree.iter("h1"), None)
    yield _labelled(tree.iter(*_LABELS) if headline is None else _behind_headline(tree, *_LABELS))
    yield _listed(tree)
    yield _leading(tree.iter("a") if headline is None else _behind_headline(tree, "a"))
    around = None if headline is None else next(headline.iterancestors("article"), None)
    yield [] if around is None else _leading(around.iter("a"), more=("list",))


def _behind_headline(tree: HtmlTree, *names: str) -> Iterator[HtmlTree]:
    """The elements of some names behind the first headline."""
    return dropwhile(lambda before: before.tag != "h1", tree.iter("h1", *names))


def _labelled(elements: Iterator[HtmlTree]) -> list[HtmlTree]:
    """The links in the first element behind a word such as "Topics"; none when one is a headline."""
    for links in map(_behind, islice(filter(_names_topics, elements), _MOST_LABELS)):
        if links and all(len(_tag(link)) <= _LONGEST_TOPIC for link in links):
            return links
    return []


def _names_topics(element: HtmlTree) -> bool:
    said = element.text
    return bool(said) and len(said) <= 80 and said.strip(_AROUND_LABEL).casefold() in topics("labels")


def _behind(label: HtmlTree) -> list[HtmlTree]:
    """The links in the elements after a label, or after one that holds nothing but it."""
    for element in (label, *islice(label.iterancestors(), _LEVELS)):
        if links := [link for after in element.itersiblings() for link in after.iter("a")]:
            return links
        if len("".join(element.itertext()).split()) > 4 * _LEVELS:
            break
    return []


def _listed(tree: HtmlTree) -> list[HtmlTree]:
    """The links of the first list that says by its class that it holds tags, and holds little else."""
    lists = (
        element for element in tree.iter(*_LISTS) if (name := element.get("class")) and _is_called_tags(name)
    )
    for element in islice(filter(_in_content, lists), _MOST_LABELS):
        links = list(element.iter("a"))
        if 0 < len(links) <= 2 * _MOST_TAGS and _holds_little_else(element, links):
            return links
    return []


@lru_cache(maxsize=5_000)  # names repeat on a page and among the pages of a site
def _is_called_tags(name: str) -> bool:
    # A search for each word is quicker than one for all, and most names have none of them.
    return any(map(name.__contains__, _CALLED)) and _TAG_LIST.search(_CAMEL.sub("-", name)) is not None


def _holds_little_else(element: HtmlTree, links: list[HtmlTree]) -> bool:
    sizes = [len(line_of(link)) for link in links]
    return max(sizes) <= _LONGEST_TOPIC and len(line_of(element)) <= 2 * sum(sizes) + _LONGEST_TOPIC


def _leading(links: Iterator[HtmlTree], more: tuple[str, ...] = ()) -> list[HtmlTree]:
    """The links to a tag's path; those in sentences only where there are no others. ``more`` are folders of
    tags that may hold other things, too.
    """
    found = (link for link in links if _leads_to_tag(link.get("href") or "", more))
    leading = list(islice(found, _MOST_LINKS))
    return [link for link in leading if not _in_sentence(link)] or leading


def _leads_to_tag(reference: str, more: tuple[str, ...]) -> bool:
    """Tell whether the last folder of an address is one of tags: a search for all of them takes longer."""
    end = len(reference) - reference.endswith("/")
    last = reference.rfind("/", 0, end)
    before = reference.rfind("/", 0, last) if last > 0 else -1
    folder = reference[before + 1 : last].lower()
    if before < 0 or (folder not in _TAG_FOLDERS and folder not in more):
        return False
    name = reference[last + 1 : end]
    return bool(name) and "?" not in name and "#" not in name


def _in_sentence(link: HtmlTree) -> bool:
    paragraph = next(link.iterancestors("p"), None)
    return paragraph is not None and _is_longer(paragraph, 2 * len(line_of(link)) + _LONGEST_TOPIC)


def _is_longer(element: HtmlTree, limit: int) -> bool:
    """Whether a text has more characters than a limit; many links may stand in one paragraph without end."""
    size = 0
    for piece in element.itertext():
        size += len(piece.strip())
        if size > limit:
            return True
    return False


def _in_content(element: HtmlTree) -> bool:
    """Whether an element stands in an article, or at least in no menu, header, footer or aside."""
    apart = False
    for above in islice(element.iterancestors(), _DEEPEST):
        if above.tag == "article":
            return True
        apart = apart or above.tag in _APART or _MENU.search(above.get("class") or "") is not None
    return not apart


def _tag(link: HtmlTree) -> str:
    """The text of a link as a tag: without a hash and a label of its own; empty for sentences."""
    text = plain(" ".join(link.itertext()).replace("<", " "), MAX_NAME).lstrip("#").strip(" ,;")
    label, colon, name = text.partition(":")
    text = name.strip() if colon and label.casefold() in topics("labels") else text
    return text if len(text) <= _LONGEST_TAG and not _SENTENCE.search(text) else ""
