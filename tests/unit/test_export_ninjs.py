"""ninjs keeps to the standard: its names, and the kinds of values that it wants under them."""

import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.export import ninjs
from crawler.export.shape import About
from tests.depth import examples
from tests.writing import SEEN, article

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
ABOUT = About(title="Beras & co", query="beras", link="https://me.test/feed", made_at=SEEN)


def _object(names: str, required: str = "") -> dict[str, Any]:
    """Return the schema of an object of ninjs, which lets it have these names and no others."""
    kinds = {name: KINDS.get(name, {"type": "string"}) for name in names.split()}
    return {
        **{"type": "object", "additionalProperties": False, "required": required.split()},
        "properties": kinds,
    }


def _array(names: str, required: str = "") -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": _object(names, required)}


URI, MOMENT = {"type": "string", "format": "uri"}, {"type": "string", "format": "date-time"}
KINDS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("uri", "href", "schema"), URI),
    **dict.fromkeys(("firstCreated", "versionCreated", "contentCreated"), MOMENT),
    "charCount": {"type": "integer"},
    "wordCount": {"type": "integer"},
    "type": {"enum": ["text", "audio", "video", "picture", "graphic", "composite", "component"]},
    "representationType": {"enum": ["full", "partial"]},
    "pubStatus": {"enum": ["usable", "withheld", "canceled"]},
}
"""What values the standard wants under a name, where it is not any text."""
KINDS |= {
    **dict.fromkeys(("headlines", "descriptions"), _array("role contentType value", "value")),
    "bodies": _array("role contentType charCount wordCount value", "value"),
    "standard": _object("name version schema"),
    "people": _array("name rel uri literal"),
    "subjects": _array("name rel uri literal"),
    "infoSources": _array("name role uri literal"),
    "renditions": _array("name uri href contentType title", "name"),
    "altIds": _array("role value"),
}
OWN = (
    "uri standard type representationType version firstCreated versionCreated contentCreated pubStatus "
    "usageTerms language headlines descriptions bodies by located people subjects infoSources renditions "
    "altIds"
)
KINDS["associations"] = _array(f"{OWN} name rel", "uri name")
NINJS = _object(f"{OWN} associations", "uri")
"""ninjs 3.0 (JSON Schema 2020-12), as far as kabar writes it, by the names and kinds of the standard."""


def uri(value: object) -> bool:
    """RFC 3986: a scheme, and nothing but what a URI is made of."""
    return bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", str(value)))


def moment(value: object) -> bool:
    """RFC 3339: date and time, and an offset."""
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    return bool(re.fullmatch(pattern, str(value)))


def against_the_standard(document: object) -> list[str]:
    jsonschema = pytest.importorskip("jsonschema")
    formats = jsonschema.FormatChecker(())
    formats.checks("uri")(uri)
    formats.checks("date-time")(moment)
    checker = jsonschema.Draft202012Validator(NINJS, format_checker=formats)
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(document)]


@settings(max_examples=examples(40))
@given(TEXT, st.text(max_size=20), st.sampled_from(["d", "é à", "[x]", "a b", "%zz", "首相?x=<>"]))
def test_ninjs_keeps_to_the_standard(text: str, name: str, path: str) -> None:
    odd = article(title=text, text=text, byline=name, tags=(name,), image_url=f"https://b.test/{path}",
                  url=f"https://news.test/{path}", site="bücher.test", authors=(name,))  # fmt: skip
    far = article(published_at=datetime(1890, 1, 1, tzinfo=timezone(timedelta(seconds=25_632))), lead=None)
    for one in (odd, far, article(), article(withdrawn_at=SEEN, image_url=None, reservations={})):
        assert against_the_standard(json.loads(ninjs.shape(ABOUT).one(one))) == []
    assert against_the_standard({"type": "poem"}) != []


def test_ninjs_has_the_names_of_the_standard() -> None:
    found = json.loads(ninjs.shape(ABOUT).one(article(canonical_url="https://news.test/c")))
    assert set(found) == {*OWN.split(), "associations"} - {"renditions"}
    assert found["bodies"][0] == {
        **{"role": "main", "contentType": "text/plain", "charCount": 17, "wordCount": 3},
        "value": "Satu.\n\nDua; tiga.",
    }
    assert found["pubStatus"] == "usable"
    assert found["infoSources"][1:] == [
        {"name": "Antara", "role": "credit"},
        {"name": "Reuters", "role": "cited"},
    ]
    assert json.loads(ninjs.shape(ABOUT).one(article(withdrawn_at=SEEN)))["pubStatus"] == "canceled"
