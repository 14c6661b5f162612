"""What outlives a power cut."""

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """Bring what was written to a file, or the names in a folder, to disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
