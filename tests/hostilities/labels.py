"""Elements opened and never closed; encodings, and wrong labels for them."""

from tests.hostilities.catalogue import CATALOGUE, SENTENCE, Hostile, Place, kind, page


def unclosed(tag: str) -> None:
    """Enter a page where an element begins before the article and never ends."""

    @kind()
    def build(place: Place) -> str:
        return page(f"<{tag}>", place)

    CATALOGUE[f"unclosed {tag}"] = Hostile(f"unclosed {tag}", CATALOGUE.pop("build").build)


for _tag in ("script", "style", "textarea", "title", "noscript", "xmp", "iframe", "svg", "select", "button"):
    unclosed(_tag)
for _tag in (
    "template",
    "object",
    "table",
    "form",
    "a href=/x",
    "!--",
    "nav",
    "footer",
    "aside",
    "plaintext",
):
    unclosed(_tag)


@kind()
def unclosed_title_in_the_head(place: Place) -> str:
    return page("", place).replace("</title>", "", 1)


def encoded(
    name: str, codec: str, *, label: str = "", sentence: str = SENTENCE, content_type: str = "text/html"
) -> None:
    """Enter the article in an encoding; ``label`` is what its meta element claims."""

    def body(place: Place) -> bytes:
        text = page("", place, meta=f"<meta charset='{label}'>" if label else "").replace(SENTENCE, sentence)
        return text.encode(codec)

    CATALOGUE[name] = Hostile(name, body, content_type, sentence)


_ZH = "苏卡马朱村的村民在九天之内建成了一座四十米长的竹桥，孩子们终于不用再绕行七公里上学了。" * 2
_JA = "スカマジュ村の住民は九日間で長さ四十メートルの竹の橋を架け、子どもたちは遠回りせずに済むようになった。"
_FR = "Les habitants de Sukamaju ont bâti en neuf jours un pont de bambou, à l’été, près du château."
encoded("GBK undeclared", "gbk", sentence=_ZH)
encoded("Shift_JIS by its meta", "shift_jis", label="Shift_JIS", sentence=_JA)
encoded("EUC-JP undeclared", "euc_jp", sentence=_JA * 2)
encoded("UTF-8 declared as windows-1252", "utf-8", label="windows-1252", sentence=_FR)
encoded("UTF-8 declared as GBK by HTTP", "utf-8", sentence=_ZH, content_type="text/html; charset=gbk")
encoded(
    "windows-1252 declared as UTF-8",
    "cp1252",
    label="utf-8",
    sentence=_FR,
    content_type="text/html; charset=utf-8",
)
encoded("UTF-16 with a mark", "utf-16", label="utf-8", sentence=_ZH)
encoded("UTF-16 without a mark", "utf-16-le")
encoded("UTF-32", "utf-32", sentence=_JA)
encoded("unknown charset", "utf-8", label="klingon-8", content_type="text/html; charset=nonsense")
encoded("UTF-7 label", "utf-8", label="utf-7")


@kind()
def NUL_and_control_characters(place: Place) -> bytes:
    junk = "<p>" + "\x00\x01\x02\x1b[31m\x7f\x80 " * 200 + "</p>"
    return page(junk, place).replace("<p>", "<p\x00>\x00").replace(" de", "\x0b de\x00").encode()


@kind()
def NUL_and_control_characters_in_one_run(place: Place) -> bytes:
    return page("\x00\x01\x02\x1b[31m\x7f\x80" * 10_000, place).replace("<p>", "<p\x00>\x00").encode()


@kind()
def broken_UTF_8(place: Place) -> bytes:
    return (
        page("@" * 1_000, place).encode().replace(b"@", b"\xc3\x28\xed\xa0\x80\xff\xfe\xf8\x88 caf\xc3\xa9 ")
    )


@kind()
def surrogates_in_UTF_8(place: Place) -> bytes:
    return page("\ud83d\ude00\ud800 x &#xD800;&#xDFFF;&#0;&#x110000;&#99999999999;" * 2_000, place).encode(
        "utf-8", "surrogatepass"
    )
