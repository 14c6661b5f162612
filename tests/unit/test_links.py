"""Link headers, honest and otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.links import links

BOTH = frozenset({"hub", "self"})
BASE = "https://a.test/news/feed.xml"


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], ()),
        (['<https://hub.test/>; rel="hub"'], (("hub", "https://hub.test/"),)),
        (["<https://hub.test/>;rel=hub"], (("hub", "https://hub.test/"),)),
        (['<https://hub.test/>; REL="Hub"'], (("hub", "https://hub.test/"),)),
        (
            ['<https://hub.test/>; rel="hub", <https://a.test/x>; rel="self"'],
            (("hub", "https://hub.test/"), ("self", "https://a.test/x")),
        ),
        (
            ["<https://hub.test/>; rel=hub", "<../x>; rel=self"],
            (("hub", "https://hub.test/"), ("self", "https://a.test/x")),
        ),
        (['<https://x.test/>; rel="self hub"'], (("self", "https://x.test/"), ("hub", "https://x.test/"))),
        (['<https://x.test/>; title="a, b; \\"c\\""; rel=hub'], (("hub", "https://x.test/"),)),
        (["<https://x.test/a,b;c>; rel=hub"], (("hub", "https://x.test/a,b;c"),)),
        (['<https://x.test/>; rel="self"; rel="hub"'], (("self", "https://x.test/"),)),
        (["<https://x.test/>; rel=alternate", "</y>; rel=preload; as=font"], ()),
        (['<#part>; rel=hub; anchor="https://other.test/"'], ()),
        (["<mailto:a@b.test>; rel=hub", "<//[bad/>; rel=hub", "https://x.test; rel=hub"], ()),
        ([", ,<https://x.test/> ; rel = hub"], (("hub", "https://x.test/"),)),
    ],
)
def test_relations_are_read(values, found):
    assert links(values, base=BASE, relations=BOTH) == found


@given(st.lists(st.text(max_size=60), max_size=4))
def test_nothing_breaks_it(values):
    for relation, url in links(values, base=BASE, relations=BOTH):
        assert relation in BOTH
        assert url.startswith(("http://", "https://"))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["hub", "self", "next"]), st.from_regex(r"[a-z0-9/?=&,;-]{0,20}", fullmatch=True)
        ),
        max_size=8,
    )
)
def test_what_is_written_is_read(pairs):
    value = ", ".join(f'<https://x.test/{path}>; title="a,b"; rel="{relation}"' for relation, path in pairs)
    wanted = tuple((relation, f"https://x.test/{path}") for relation, path in pairs if relation in BOTH)
    assert links([value], base=BASE, relations=BOTH) == wanted


def test_a_flood_is_cut():
    value = ", ".join("<https://x.test/>; rel=hub" for _ in range(5000))
    assert len(links([value], base=BASE, relations=BOTH)) == 50
