"""``python -m spiders.train GOLD_DIR``: train the model of blocks and measure it on sites it never saw."""

import sys
import time
from pathlib import Path

import click

import spiders.readers.body
from spiders.train.crossval import train
from spiders.train.dataset import samples
from spiders.train.files import model_bytes
from spiders.train.gold import read_gold
from spiders.train.report import measure, table, write_texts

SHIPPED = Path(spiders.readers.body.__file__).parent / "model.npz"


@click.command()
@click.argument("gold_dir", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default=SHIPPED, show_default=False,
              help="Where the model goes; by default it becomes the one that is shipped.")  # fmt: skip
@click.option("--folds-out", type=click.Path(path_type=Path),
              help="A folder for the models of the folds, which the gate of the tests reads.")  # fmt: skip
@click.option("--texts", type=click.Path(path_type=Path),
              help="A file for the cross-validated texts, one JSON object a line.")  # fmt: skip
@click.option("--threshold", type=float, default=0.6, show_default=True, help="Blocks more likely are kept.")
def main(gold_dir: Path, out: Path, folds_out: Path | None, texts: Path | None, threshold: float) -> None:
    """Train on the sets in GOLD_DIR: SET/gold.jsonl and the gzipped pages beside it."""
    start = time.monotonic()

    def say(what: str) -> None:
        click.echo(f"{time.monotonic() - start:6.0f} s  {what}", file=sys.stderr)

    pages = samples(read_gold(gold_dir))
    say(f"{len(pages)} pages, {sum(one.frame.size for one in pages)} blocks")
    whole, folds = train(pages, say)
    measured = measure(pages, folds, threshold)
    click.echo(table(measured.figures))
    out.write_bytes(model_bytes(whole, threshold, measured.figures))
    for number, pair in enumerate(folds if folds_out else ()):
        assert folds_out is not None
        folds_out.mkdir(parents=True, exist_ok=True)
        (folds_out / f"fold{number}.npz").write_bytes(model_bytes(pair, threshold, {}))
    if texts:
        write_texts(texts, measured.texts)


main()
