"""Images a second from files to training bytes, beside Keras' own reader.

    python bench/images/pipeline.py [--files 20000] [--side 256] [--size 96]

Makes that many JPEG files once (in a temporary folder), then reads them all,
in turn, by `data/images.py` and by
`tf.keras.utils.image_dataset_from_directory()` with prefetching, in the same
process, and prints the rates of each round and the ratio of their medians.
Neither keeps what it read. A first round of each is not counted.
"""

import argparse
import os
import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "inst" / "python"))

import deeply_backend  # noqa: E402

deeply_backend.start("tensorflow")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from deeply_backend.data.images import decode  # noqa: E402
from PIL import Image  # noqa: E402

# Bytes that R asks for at once.
BLOCK = 2**25


def make(folder, files, side):
    """Writes smooth pictures with some noise, as photographs are."""
    generator = np.random.default_rng(0)
    paths = []
    for i in range(files):
        place = folder / f"class_{i % 2}"
        place.mkdir(exist_ok=True)
        coarse = generator.integers(0, 256, (9, 12, 3), np.uint8)
        image = Image.fromarray(coarse).resize((side * 4 // 3, side))
        noisy = np.asarray(image) + generator.normal(0, 6, (side, 1, 3))
        path = place / f"{i:06d}.jpg"
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path)
        paths.append(str(path))
    return paths


def ours(paths, size):
    """Images a second."""
    at_once = BLOCK // (size * size * 3)
    started = time.perf_counter()
    for first in range(0, len(paths), at_once):
        block = paths[first : first + at_once]
        _, faults = decode(block, (size, size, 3), "crop")
        assert not faults
    return len(paths) / (time.perf_counter() - started)


def theirs(folder, asked):
    """Images a second, cropped to the same shape."""
    started = time.perf_counter()
    data = keras.utils.image_dataset_from_directory(
        folder,
        image_size=(asked.size, asked.size),
        batch_size=128,
        crop_to_aspect_ratio=True,
        verbose=False,
    ).prefetch(tf.data.AUTOTUNE)
    seen = sum(len(labels) for _, labels in data)
    assert seen == asked.files
    return seen / (time.perf_counter() - started)


def main():
    """Makes the files, reads them in turn, and prints the rates."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        paths = make(folder, asked.files, asked.side)
        print(
            f"{asked.files} JPEG files of {asked.side * 4 // 3} x {asked.side}"
            f" pixels to {asked.size} x {asked.size}, {os.cpu_count()} cores"
        )
        rates = []
        for _ in range(asked.rounds + 1):
            found = ours(paths, asked.size), theirs(folder, asked)
            print(f"deeply {found[0]:7.0f} images/s, Keras {found[1]:7.0f}")
            rates.append(found)
        medians = np.median(rates[1:], axis=0)
        print(f"deeply / Keras: {medians[0] / medians[1]:.2f}")


if __name__ == "__main__":
    main()
