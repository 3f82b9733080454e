"""Figures with 256 colours, which take half of the bytes and look the same.

Usage: python tools/shrink-figures.py FIGURE...
"""

import sys

from PIL import Image

for path in sys.argv[1:]:
    with Image.open(path) as image:
        if image.mode == "P":
            continue
        reduced = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    reduced.save(path, optimize=True)
