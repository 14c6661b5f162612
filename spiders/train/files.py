"""Models as files: arrays and what was measured; the same bytes for the same model."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from spiders.readers.body.forest import pack
from spiders.readers.body.judge import fingerprint
from spiders.train.crossval import Pair

_DATE = (2020, 1, 1, 0, 0, 0)


def model_bytes(pair: Pair, threshold: float, figures: Mapping[str, Any]) -> bytes:
    """The file of a model."""
    about = {"threshold": threshold, "fingerprint": fingerprint(), "cross_validated": figures}
    arrays = {
        **pack(pair.first, "first"),
        **pack(pair.second, "second"),
        "about": np.array(json.dumps(about, sort_keys=True)),
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            entry = io.BytesIO()
            np.save(entry, array)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _DATE), entry.getvalue(), zipfile.ZIP_DEFLATED)
    return content.getvalue()
