"""Pictures that people send: read with care, drawn anew and smaller, without what cameras write into them."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import BinaryIO, Final

MOST_PIXELS: Final = 40_000_000  # beyond it a small file could fill the memory
FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")


def draw(source: Path | BinaryIO, side: int, *, whole: bool = False) -> bytes | None:
    """A picture turned as it should stand, in a square of so many pixels, as WebP; None for what is none.

    It fills the square, or fits ``whole`` into it, with what is left over transparent.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 -- 3 MB, for processes to which pictures are sent

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return None
                picture.draft("RGB", (side * 2, side * 2))  # a JPEG need not be read in full
                turned = ImageOps.exif_transpose(picture).convert("RGBA")
                small = (ImageOps.pad if whole else ImageOps.fit)(turned, (side, side))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    target = io.BytesIO()
    small.save(target, "WEBP", quality=80)
    return target.getvalue()
