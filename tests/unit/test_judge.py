"""What an incoming article is, from the evidence at hand."""

from crawler.judge import Duplicate, Incoming, New, Reread, Revised, Unchanged, judge
from storage.model import ArticleRef, Candidates


def ref(**changes):
    values = {
        "id": 7, "url": "https://a.example/1", "site": "a.example", "title": "Banjir di Kota Melati",
        "content_hash": "old", "revision": 1, "story_id": 7, "duplicate_of": None,
    }  # fmt: skip
    return ArticleRef(**{**values, **changes})


def incoming(**changes):
    values = {
        "site": "a.example", "title": "Banjir di Kota Melati", "content_hash": "old", "comparable": True,
        "text_source": "page", "revisit": False,
    }  # fmt: skip
    return Incoming(**{**values, **changes})


def found(by_url=None, by_canonical=None, by_content=()):
    return Candidates(by_url=by_url, by_canonical=by_canonical, by_content=tuple(by_content))


def test_nothing_known_is_new():
    assert judge(incoming(), found()) == New()


def test_the_same_url_with_the_same_text_is_unchanged_or_a_duplicate():
    assert judge(incoming(revisit=True), found(by_url=ref())) == Unchanged(7)
    assert judge(incoming(), found(by_url=ref())) == Duplicate(7, "same_url", same_article=True)


def test_the_same_url_with_another_text_is_a_revision():
    assert judge(incoming(changes=("title",)), found(by_url=ref())) == Revised(7)


def test_what_another_reader_explains_is_no_edit():
    known = found(by_url=ref(last_seen_at=200.0))
    assert judge(incoming(changes=("text",), reread=True, revisit=True), known) == Reread(7)
    older = incoming(changes=("text",), reread=True, captured_at=199.0)
    assert judge(older, known) == Duplicate(7, "older_text", same_article=True)


def test_an_older_capture_never_replaces_what_was_seen_later():
    known = found(by_url=ref(last_seen_at=200.0))
    older = incoming(changes=("text",), captured_at=199.0, revisit=True)
    assert judge(older, known) == Duplicate(7, "older_text", same_article=True)
    assert judge(incoming(changes=("text",), captured_at=201.0, revisit=True), known) == Revised(7)
    assert judge(incoming(changes=("text",), revisit=True), known) == Revised(7), "fetched just now"
    assert judge(incoming(captured_at=199.0, revisit=True), known) == Unchanged(7)


def test_a_feeds_excerpt_never_revises_a_page():
    excerpt = incoming(changes=("text",), text_source="feed", revisit=True)
    assert judge(excerpt, found(by_url=ref())) == Unchanged(7)


def test_a_canonical_url_is_believed_when_title_or_text_agree():
    same_title = incoming(content_hash="amp")
    assert judge(same_title, found(by_canonical=ref())) == Duplicate(7, "same_canonical", same_article=True)
    same_text = incoming(title="Another headline")
    assert judge(same_text, found(by_canonical=ref())) == Duplicate(7, "same_canonical", same_article=True)


def test_a_canonical_url_alone_does_not_merge():
    other = incoming(title="Another story", content_hash="new")
    assert judge(other, found(by_canonical=ref())) == New()


def test_another_outlets_copy_is_kept_and_points_to_the_first():
    copy = incoming(site="b.example", title="Another headline")
    assert judge(copy, found(by_content=[ref()])) == Duplicate(7, "syndicated", same_article=False)
    of_copy = judge(copy, found(by_content=[ref(id=9, duplicate_of=7)]))
    assert of_copy == Duplicate(7, "syndicated", same_article=False)


def test_one_site_repeating_a_text_is_one_article_only_under_the_same_title():
    again = incoming()
    assert judge(again, found(by_content=[ref()])) == Duplicate(7, "same_text", same_article=True)
    notice = incoming(title="Another story behind the same paywall notice")
    assert judge(notice, found(by_content=[ref()])) == New()


def test_short_texts_prove_nothing():
    short = incoming(comparable=False, site="b.example")
    assert judge(short, found(by_content=[ref()])) == New()
