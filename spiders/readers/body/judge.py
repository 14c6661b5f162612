"""Judges the blocks of a page with the model that is shipped, ``model.npz``."""

import hashlib
import io
import json
from functools import cache
from importlib import resources

import numpy as np
from lxml import html

from spiders.readers.body.context import context_of
from spiders.readers.body.evidence import Evidence
from spiders.readers.body.forest import Model, unpack
from spiders.readers.body.letters import Numbers
from spiders.readers.body.segment import Blocks, segment
from spiders.readers.body.traits import is_data, traits_of


@cache
def shipped() -> Model:
    """The model that comes with kabar."""
    return read_model(resources.files("spiders.readers.body").joinpath("model.npz").read_bytes())


def read_model(content: bytes) -> Model:
    """A model from the bytes of its file."""
    with np.load(io.BytesIO(content)) as arrays:
        about = json.loads(str(arrays["about"]))
        return Model(
            first=unpack(arrays, "first"),
            second=unpack(arrays, "second"),
            threshold=about.pop("threshold"),
            fingerprint=about.pop("fingerprint"),
            notes=about,
        )


def judge(blocks: Blocks, evidence: Evidence, model: Model) -> Numbers:
    """The probability of each block to be part of the article."""
    traits, frame = traits_of(blocks, evidence)
    first = model.first.judge(traits.some(model.first.names))
    second = model.second.judge(context_of(traits, frame, first).some(model.second.names))
    second[is_data(traits)] = 0
    return second


def fingerprint() -> str:
    """A mark of what the code sees on a small page; another mark means that a model fits it no longer."""
    evidence = Evidence(titles=("harga beras naik",), lead="panen tertunda di tiga provinsi, kata menteri")
    traits, frame = traits_of(segment(html.document_fromstring(_PAGE)), evidence)
    context = context_of(traits, frame, np.linspace(0, 1, frame.size, dtype=np.float32))
    digest = hashlib.sha256()
    for name, column in [*sorted(traits.items()), *sorted(context.items())]:
        digest.update(f"{name} {' '.join(f'{value:.3f}' for value in column)}\n".encode())
    return digest.hexdigest()[:16]


_PAGE = """<html><body class="single"><nav><ul><li><a href="/">Beranda</a></li><li>日本語</li></ul></nav>
<article class="post-content"><h1>Harga beras naik</h1><div class="byline">By Budi</div>
<div class="articleBody"><p>Harga beras <b>naik</b> 10 persen di tiga provinsi, <a href="/m">kata</a>.</p>
<p>Baca juga: <a href="/x">Panen mundur</a></p>Satu<br>dua<br><br>tiga: "empat"? <table><tr><td>A | B</table>
<figure><figcaption>Foto: Antara</figcaption></figure><p>Harga beras naik</p></div></article>
<footer>© 2025 Warta. Newsletter.</footer></body></html>"""
