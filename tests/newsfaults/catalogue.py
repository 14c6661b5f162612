"""Every fault by its name, as it is used in ``/fault/NAME`` and ``outlet.fail(..., "NAME")``."""

from tests.newsfaults import bodies, statuses, timing, wire
from tests.newsfaults.exchange import Fault

_LIST: tuple[Fault, ...] = (
    statuses.plain,
    statuses.status,
    statuses.redirect,
    statuses.loop,
    statuses.chain,
    statuses.script_redirect,
    statuses.meta_redirect,
    statuses.portal,
    statuses.always_304,
    statuses.never_304,
    statuses.no_validators,
    statuses.header,
    statuses.cookies,
    statuses.echo,
    timing.slow,
    timing.trickle,
    timing.never,
    timing.stall,
    timing.huge,
    timing.huge_length,
    timing.endless,
    timing.endless_headers,
    timing.early_hints,
    wire.drop,
    wire.reset,
    wire.cut,
    wire.too_long,
    wire.too_short,
    wire.unframed,
    wire.unframed_cut,
    wire.broken_chunks,
    wire.cut_chunks,
    wire.two_lengths,
    wire.length_and_chunks,
    wire.no_head,
    wire.garbage,
    wire.bad_header,
    bodies.encoded,
    bodies.false_encoding,
    bodies.cut_encoding,
    bodies.bomb,
    bodies.nested_bomb,
    bodies.charset,
    bodies.wrong_type,
    bodies.empty,
    bodies.pdf,
    bodies.image,
    bodies.json_error,
    bodies.noise,
)

FAULTS: dict[str, Fault] = {getattr(fault, "__name__"): fault for fault in _LIST}  # noqa: B009 - mypy knows no such name of a Fault


def describe() -> str:
    """Return one line a fault, for people."""
    lines = []
    for name, fault in FAULTS.items():
        first = (fault.__doc__ or "").strip().splitlines()[0]
        lines.append(f"  /fault/{name:18} {first}")
    return "\n".join(lines)
