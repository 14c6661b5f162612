"""How values are kept: cleaned text, digests, lists as JSON, times as seconds or ISO 8601."""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import make_dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar, cast

import orjson

from storage.errors import ValueDamaged

Item = TypeVar("Item")

LARGEST_ID = 2**63 - 1
"""Neither database keeps a larger integer."""
_TEXTUAL = frozenset((str, list))


def maker(
    kind: type[Item], names: Sequence[str], *, lists: Sequence[str] = (), maps: Sequence[str] = ()
) -> Callable[..., Item]:
    """Return a function that makes values of a frozen slots dataclass from all its fields, in this order.

    Fields that are ``lists`` or ``maps`` come as ``pack`` wrote them. It is eight times as fast as the
    constructor, which counts where sources come by the hundred thousand: the values are put into a thawed
    twin, which then becomes one of ``kind``. Nothing is checked but the number of values and that the slots
    are the same.
    """
    twin = make_dataclass(f"Thawed{kind.__name__}", names, slots=True, eq=False, repr=False)

    def make(*values: Any) -> Item:
        made = twin(*values)
        for name in lists:
            packed = getattr(made, name)
            setattr(made, name, () if packed == "[]" else unpack(packed))
        for name in maps:
            packed = getattr(made, name)
            setattr(made, name, {} if packed == "{}" else unpack_map(packed))
        made.__class__ = kind
        return cast(Item, made)

    return make


def clean(text: str) -> str:
    """Return the text without NUL, and with lone surrogates replaced by U+FFFD.

    PostgreSQL refuses both, SQLite refuses surrogates and loses sight of what follows a NUL.
    """
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def cleaned(values: Any) -> Any:
    """Return the values of a statement, by place or by name, with every text among them cleaned."""
    if isinstance(values, dict):
        return {key: _clean_value(value) for key, value in values.items()}
    return tuple([_clean_value(value) if type(value) in _TEXTUAL else value for value in values])


def _clean_value(value: Any) -> Any:
    if type(value) is str:
        return value if value.isascii() and "\0" not in value else clean(value)
    if type(value) is list:
        return [_clean_value(item) for item in value]
    return value


def digest(text: str) -> bytes:
    """Return the SHA-256 of a text: what unique indexes are made on, however long the text is."""
    return hashlib.sha256(clean(text).encode()).digest()


@lru_cache(maxsize=4096)
def key_digest(key: str) -> bytes:
    """Return the digest of the key of a URL, or of what a feed line is known by: 16 bytes are enough to tell.

    They stand in the largest indexes that there are.
    """
    return digest(key)[:16]


def provenance_id(packed: str) -> int:
    """Return the number under which a provenance is kept, once for all that have it."""
    return int.from_bytes(digest(packed)[:8], signed=True)


def hash_key(content_hash: str) -> str:
    """Return the beginning of the hash of a text, by which it is looked up; the text has the whole one."""
    return content_hash[:16]


def shortened(url: str, key: str) -> str:
    """Return how the key of a URL is kept beside it: as nothing, when it is what most URLs have for a key."""
    return "" if key == _usual_key(url) else key


def key_of(url: str, kept: str) -> str:
    """Return the key of a URL of which ``shortened`` left this."""
    return kept or _usual_key(url)


def _usual_key(url: str) -> str:
    return "https://" + url.partition("://")[2].removeprefix("www.").rstrip("/")


def ascii_label(label: str) -> str:
    """Return a label of a host in ASCII as browsers write it (Punycode, RFC 3492); a sharp s stays itself.

    Raises UnicodeError when it can be none.
    """
    if label.isascii():
        return label
    folded = unicodedata.normalize("NFKC", label.lower())
    return folded if folded.isascii() else "xn--" + folded.encode("punycode").decode("ascii")


def pack(values: Sequence[Any] | Mapping[str, Any]) -> str:
    """Return values as compact JSON, their texts cleaned: JSON would hide a NUL in an escape."""
    if not values:
        return "{}" if isinstance(values, Mapping) else "[]"
    try:
        packed = orjson.dumps(values)
    except TypeError:  # a lone surrogate, or a mapping of another kind
        packed = orjson.dumps(_cleaned(values))
    return (orjson.dumps(_cleaned(values)) if b"\\u0000" in packed else packed).decode()


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(key): _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, list | tuple) else value


def unpack(text: str) -> tuple[Any, ...]:
    """Return the sequence that ``pack`` wrote, as a tuple. Raises ValueDamaged."""
    return () if text == "[]" else tuple(_parsed(text, list, "a list in JSON"))


def unpack_map(text: str) -> dict[str, Any]:
    """Return the mapping that ``pack`` wrote. Raises ValueDamaged."""
    return _parsed(text, dict, "an object in JSON")


def _parsed(text: str, kind: type[Item], name: str) -> Item:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ValueDamaged(text, name) from error
    if not isinstance(value, kind):
        raise ValueDamaged(text, name)
    return value


def seconds(moment: datetime) -> float:
    """Return a moment as epoch seconds; one without an offset counts as UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def moment(epoch: float) -> datetime:
    """Return epoch seconds as an aware datetime in UTC. Raises ValueDamaged."""
    try:
        return datetime.fromtimestamp(epoch, UTC)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise ValueDamaged(str(epoch), "a time in seconds since 1970") from error


def in_utc(when: datetime) -> datetime:
    """Return a moment in UTC, where the year 1 has no yesterday and the year 9999 no morrow.

    One without an offset counts as UTC.
    """
    if when.tzinfo is None:
        return when.replace(tzinfo=UTC)
    try:
        return when.astimezone(UTC)
    except OverflowError:
        return (datetime.min if when.year == 1 else datetime.max).replace(tzinfo=UTC)


def iso(when: datetime | None) -> str | None:
    """Return a moment as ISO 8601 with its own offset."""
    if when is None:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).isoformat()


def from_iso(text: str | None) -> datetime | None:
    """Return the moment that ``iso`` wrote. Raises ValueDamaged."""
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueDamaged(text or "", "a time in ISO 8601") from error


def chunks(items: Iterable[Item], size: int) -> Iterable[list[Item]]:
    """Cut items into lists of at most ``size``."""
    rest = iter(items)
    while piece := list(islice(rest, size)):
        yield piece


def lane(url: str) -> str:
    """Return the politeness lane of a URL: its host, with the port when it is not the scheme's own."""
    scheme, _, rest = url.partition("://")
    authority = rest.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
    host = authority.rpartition("@")[2].lower()
    usual = {"http": ":80", "https": ":443"}.get(scheme.lower(), ":")
    return host.removesuffix(usual)
