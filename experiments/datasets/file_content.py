"""Reads a file of data as a whole, compressed by gzip or not, up to a size that memory can hold."""

import zlib
from gzip import BadGzipFile, GzipFile
from io import BytesIO
from pathlib import Path
from typing import Final

from experiments.datasets.file_options import refuse
from experiments.mistakes import neighbour

LARGEST: Final = 4 << 30
"""Bytes of a file, after decompression."""

SUSPICIOUS: Final = 64 << 20
"""Bytes after decompression from which on the ratio counts."""

HIGHEST_RATIO: Final = 200
"""Bytes for each compressed byte; tables have less than 50, and a file made to fill the memory about 1,000."""

GZIP: Final = b"\x1f\x8b"


def content_of(path: Path) -> bytes:
    """The file's bytes, decompressed if they are gzip's, whatever the file is called.

    Raises:
        UserError: if there is no such file, it is empty, cannot be read, is damaged, or expands without end.
    """
    name = path.resolve().name  # also of a folder that is a point
    try:
        if path.stat().st_size > LARGEST:
            refuse(f"larger than {LARGEST >> 30} GB, which is the most that is read", name)
        content = path.read_bytes()
    except FileNotFoundError:
        refuse(f"no such file{neighbour(path)}", name)
    except IsADirectoryError:
        refuse("this is a folder, a file was expected", name)
    except (OSError, ValueError) as reason:
        refuse(f"cannot be read: {getattr(reason, 'strerror', None) or reason}", name)
    if content.startswith(GZIP):
        content = _expanded(content, name)
    if not content.strip():
        refuse("the file is empty", name)
    return content


def _expanded(content: bytes, name: str) -> bytes:
    """What gzip compressed, which may be several pieces one after the other."""
    pieces, size = [], 0
    try:
        with GzipFile(fileobj=BytesIO(content)) as stream:
            while piece := stream.read(1 << 20):
                pieces.append(piece)
                size += len(piece)
                if size > LARGEST or (size > SUSPICIOUS and size > HIGHEST_RATIO * len(content)):
                    refuse(
                        f"expands from {len(content):,} bytes to more than {size:,}; it was not read any further",
                        name,
                    )
    except EOFError:
        refuse("ends in the middle of its compressed data; copy or download it again", name)
    except (BadGzipFile, zlib.error) as reason:
        refuse(f"its compressed data are damaged ({reason}); copy or download it again", name)
    return b"".join(pieces)
