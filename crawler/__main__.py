"""Run the command line: ``python -m crawler``."""

import importlib.util
import sys
from pathlib import Path


def intruder() -> str | None:
    """Say where another package hides one of ours: ``python -m`` looks into the working directory first."""
    home = Path(__file__).resolve().parents[1]
    for name in ("spiders", "storage"):
        spec = importlib.util.find_spec(name)
        found = Path(spec.origin).resolve().parent if spec is not None and spec.origin else None
        if found != home / name:
            return f"{name}: hidden by {found or 'a folder of that name'}; run kabar from another folder"
    return None


def main() -> None:
    """Run the program, unless its packages do not belong together."""
    problem = intruder()
    if problem is not None:
        sys.stderr.write(f"kabar: {problem}\n")
        sys.exit(2)
    from crawler.cli import main as cli

    cli.main()


if __name__ == "__main__":
    main()
