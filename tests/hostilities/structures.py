"""Structured data beyond measure."""

from tests.hostilities.catalogue import MB, Place, kind, page


@kind()
def JSON_LD_of_20_MB(place: Place) -> str:
    text = '{"@type":"NewsArticle","headline":"Jembatan","keywords":[' + '"kata",' * (20 * MB // 7) + '"x"]}'
    return page("", place, head=f'<script type="application/ld+json">{text}</script>')


@kind()
def JSON_LD_nested_100k_deep(place: Place) -> str:
    return page("", place, head=f'<script type="application/ld+json">{"[" * 100_000}</script>')


@kind()
def objects_of_JSON_LD_nested_100k_deep(place: Place) -> str:
    text = '{"@graph":' * 100_000 + "1" + "}" * 100_000
    return page("", place, head=f'<script type="application/ld+json">{text}</script>')


@kind()
def JSON_LD_graph_of_50k_nodes(place: Place) -> str:
    nodes = ",".join(
        f'{{"@id":"#{n}","@type":"NewsArticle","author":{{"@id":"#{n + 1}"}}}}' for n in range(20_000)
    )
    return page("", place, head=f'<script type="application/ld+json">{{"@graph":[{nodes}]}}</script>')


@kind()
def JSON_LD_wide_at_every_level(place: Place) -> str:
    text = '{"@type":"Thing"}'
    for _ in range(4):
        text = '{"hasPart":[' + ",".join([text] * 12) + '],"mainEntity":[' + ",".join([text] * 3) + "]}"
    return page("", place, head=f'<script type="application/ld+json">{text}</script>')


@kind()
def JSON_LD_with_lone_surrogates(place: Place) -> str:
    text = '{"@type":"NewsArticle","headline":"Jembatan \\ud83d bambu \\udc00","keywords":["\\udfff"],'
    text += '"author":{"name":"A\\ud800i Budi"},"articleSection":"\\ud800","publisher":{"name":"\\ud800"}}'
    return page("", place, head=f'<script type="application/ld+json">{text}</script>')


@kind()
def JSON_LD_of_huge_numbers(place: Place) -> str:
    text = '{"@type":"NewsArticle","headline":' + "9" * 100_000 + ',"datePublished":' + "1" * 6_000
    text += ',"author":-1e99999,"keywords":[1e400,NaN,Infinity],"image":[[[[]]]],"publisher":[null]}'
    return page("", place, head=f'<script type="application/ld+json">{text}</script>')


@kind()
def JSON_LD_of_commas_and_spaces(place: Place) -> str:
    text = '{"@type":"NewsArticle","headline":"x"' + "," + " " * 500_000 + "," + " " * 500_000 + "x"
    return page("", place, head=f'<script type="application/ld+json">{text}</script>')


@kind()
def JSON_LD_of_comment_openings(place: Place) -> str:
    scripts = "".join(
        f'<script type="application/ld+json">{piece * 100_000}</script>'
        for piece in ("/* ", "<!--", "// ", "*/", " ;", '"', '\\"', '"/*', "} ", ", ")
    )
    return page("", place, head=scripts)


@kind()
def data_layers_of_openings(place: Place) -> str:
    pieces = (
        '"author":"',
        "'author':'",
        '"author":[',
        '"author":"\\"',
        "{",
        "[[",
        "author : ",
        '\\"author\\":\\"',
    )
    starts = ("dataLayer = [", "var utag_data = {", "self.__next_f.push([1,", "window.digitalData = ", "")
    scripts = "".join(
        f"<script>{start}{piece * 8_000}</script>" for start in starts for piece in (*pieces, '"a":{"b":')
    )
    return page("", place, head=scripts)


@kind()
def states_of_application_nested_deep(place: Place) -> str:
    text = '{"datePublished":"2026-11-25","author":' * 20_000 + "1" + "}" * 20_000
    wide = '{"headline":"Jembatan bambu Sukamaju","items":[' + '{"author":"A","tags":["x"]},' * 20_000 + "1]}"
    scripts = "".join(
        f'<script type="application/json" id="__NEXT_DATA__">{data}</script>'
        for data in (text, wide, "[" * 100_000)
    )
    return page("", place, head=scripts)
