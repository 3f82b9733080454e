"""Pictures from files: turned upright, brought to one size, as bytes."""

import concurrent.futures
import io
import os

import numpy as np
import simplejpeg
from PIL import ExifTags
from PIL import Image
from PIL import ImageOps
from PIL import UnidentifiedImageError

# What 8 bits are of 16.
WORD = 257

# Images that are averaged over at once.
SHRUNK_AT_ONCE = 256

# What Pillow calls pictures without colour.
GREY = ("1", "L", "LA", "La", "F", "I", "I;16", "I;16B", "I;16L", "I;16N")

# How a picture of another shape is brought to the one wanted.
RESIZES = {
    # The middle of it, as much as there is of the wanted proportions.
    "crop": lambda image, size: ImageOps.fit(image, size, Image.BILINEAR),
    # The whole of it, out of proportion.
    "stretch": lambda image, size: image.resize(size, Image.BILINEAR),
    # The whole of it, in proportion, with black beside.
    "pad": lambda image, size: ImageOps.pad(image, size, Image.BILINEAR),
}


class Pixels:
    """Images that R hands on without looking into them.

    Args:
        array: uint8 `(images, height * width * channels)`.
    """

    def __init__(self, array):
        self.array = array

    @property
    def T(self):  # noqa: N802
        """The images, which R's own matrices hold as columns."""
        return self.array

    def __len__(self):
        return self.array.shape[1]


def decode(paths, shape, resize):
    """Reads pictures, several at a time.

    Args:
        paths: List of paths.
        shape: `(height, width, channels)`; one channel is grey, three are red,
            green and blue.
        resize: A key of `RESIZES`.

    Returns:
        A uint8 array `(len(paths), height * width * channels)` and a dict of
        position to fault (see `read_picture()`), of the pictures that cannot
        be read. Their rows are zeros.
    """
    array = np.zeros((len(paths), int(np.prod(shape))), np.uint8)

    def fill(position):
        try:
            picture = read_picture(paths[position], shape, resize)
        except PictureError as error:
            return str(error)
        array[position] = picture.reshape(-1)
        return None

    faults = _each(fill, range(len(paths)))
    return array, {at: fault for at, fault in enumerate(faults) if fault}


def _each(function, values):
    """What a function gives for each value, in threads.

    Pillow lets go of Python's lock while it decodes and resizes. A thread takes
    a share of the values at once: to be handed them one by one takes longer
    than a small picture.
    """
    workers = os.cpu_count()
    shares = [values[first::workers] for first in range(workers)]
    found = [None] * len(values)
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        done = pool.map(lambda share: [function(x) for x in share], shares)
        for first, share in enumerate(done):
            found[first::workers] = share
    return found


class PictureError(Exception):
    """A picture that cannot be read: "missing", "empty", "unknown", ...

    "unknown" is no image format that is known, "damaged" one that breaks off
    or is not what it says.
    """


def read_picture(path, shape, resize):
    """One picture as uint8 `(height, width, channels)`.

    It is turned as its EXIF says. What is transparent lies on white.

    Raises:
        PictureError: If it cannot be read.
    """
    height, width, channels = shape
    try:
        with open(path, "rb") as file:
            data = file.read()
        if not data:
            raise PictureError("empty")
        # The longer side, as it may be turned.
        image = _read_jpeg(data, max(height, width), channels)
        image = image or Image.open(io.BytesIO(data))
        ImageOps.exif_transpose(image, in_place=True)
        flat = _fitted(_flat(image, channels), shape, resize)
        return np.frombuffer(flat.tobytes(), np.uint8).reshape(shape)
    except PictureError:
        raise
    except FileNotFoundError as error:
        raise PictureError("missing") from error
    except UnidentifiedImageError as error:
        raise PictureError("unknown") from error
    except (PermissionError, IsADirectoryError) as error:
        raise PictureError("unreadable") from error
    except Exception as error:
        # Each format breaks in a way of its own: OSError, SyntaxError, ...
        raise PictureError("damaged") from error


def _read_jpeg(data, side, channels):
    """A JPEG, from an eighth to the whole of its size: no side below `side`.

    What is decoded smaller takes less time, and Pillow knows halves only.

    Returns:
        An image, or `None` if it is of another format, of four inks, or
        damaged: Pillow reads the former, and names the rest.
    """
    colours = "GRAY" if channels == 1 else "RGB"
    try:
        pixels = simplejpeg.decode_jpeg(
            data, colours, min_height=side, min_width=side
        )
    except ValueError:
        return None
    image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
    # Where Pillow may find how it was held; to look takes a tenth of the time.
    if b"Exif" in data or b"ns.adobe.com/xap" in data:
        with Image.open(io.BytesIO(data)) as whole:
            turned = whole.getexif().get(ExifTags.Base.Orientation, 1)
        image.getexif()[ExifTags.Base.Orientation] = turned
    return image


def reshape(images, shape, resize):
    """Images in memory brought to another shape.

    Args:
        images: uint8 `(n, height, width, channels)`.
        shape: As for `decode()`.
        resize: A key of `RESIZES`.

    Returns:
        uint8 `(n, height * width * channels)`.
    """
    found = np.empty((len(images), int(np.prod(shape))), np.uint8)
    for place, image in enumerate(images):
        grey = image.shape[2] == 1
        picture = Image.fromarray(image[:, :, 0] if grey else image)
        fitted = _fitted(_flat(picture, shape[2]), shape, resize)
        found[place] = np.asarray(fitted).reshape(-1)
    return found


def _fitted(image, shape, resize):
    height, width, _ = shape
    if image.size == (width, height):
        return image
    return RESIZES[resize](image, (width, height))


def _flat(image, channels):
    """An image of 8 bits a channel, without transparency."""
    mode = "L" if channels == 1 else "RGB"
    if image.mode.startswith(("I", "F")):
        image = Image.fromarray(_as_bytes(np.asarray(image)))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image if image.mode == mode else image.convert(mode)


def _as_bytes(array):
    """Grey values of 16 bits, or from 0 to 1, as 8 bits."""
    if np.issubdtype(array.dtype, np.integer):
        rounded = (array.astype("int64") + WORD // 2) // WORD
        return np.clip(rounded, 0, 255).astype(np.uint8)
    scale = 255 if array.size and np.nanmax(array) <= 1 else 1
    return np.clip(np.nan_to_num(array) * scale + 0.5, 0, 255).astype(np.uint8)


def measure(paths):
    """Height, width and channels of pictures, by their heads alone.

    Returns:
        An int array `(len(paths), 3)`; zeros where a picture cannot be read.
    """

    def look(path):
        try:
            with Image.open(path) as image:
                width, height = image.size
                # Turned by a quarter.
                if image.getexif().get(0x0112, 1) > 4:
                    width, height = height, width
                return height, width, 1 if image.mode in GREY else 3
        except Exception:
            return 0, 0, 0

    return np.array(_each(look, paths), "int64").reshape(-1, 3)


def shrink(images, shape, side):
    """Images as columns for simple models: means over fields of pixels.

    Args:
        images: uint8 `(n, height * width * channels)`.
        shape: `(height, width, channels)`.
        side: Most rows and columns of fields.

    Returns:
        float32 `(n, columns)`, from 0 to 1.
    """
    shape = height, width, _ = [int(n) for n in np.atleast_1d(shape)]
    if height <= side and width <= side:
        return images.astype(np.float32) / 255
    bounds = [_fields(length, int(side)) for length in shape[:2]]
    # Sums take floats of all that is summed.
    parts = [
        _means(
            images[first : first + SHRUNK_AT_ONCE].reshape(-1, *shape), bounds
        )
        for first in range(0, max(1, len(images)), SHRUNK_AT_ONCE)
    ]
    return np.concatenate(parts)


def _means(images, bounds):
    """Means over fields of images, `(n, columns)`."""
    n, *sides, _ = images.shape
    sums = images
    for axis, begin in enumerate(bounds, 1):
        sums = np.add.reduceat(sums, begin, axis=axis, dtype=np.float32)
    rows, columns = (
        np.diff([*begin, side])
        for begin, side in zip(bounds, sides, strict=True)
    )
    sums /= 255 * (rows[:, None] * columns)[:, :, None]
    # Of no images -1 has no answer.
    return sums.reshape(n, int(np.prod(sums.shape[1:])))


def _fields(length, most):
    """Where each of at most so many fields of nearly one length begins."""
    n = min(length, most)
    return np.arange(n) * length // n


def is_mirrored(model):
    """Whether a model is to see each image and its mirror image."""
    return any(getattr(layer, "mirrored", False) for layer in model.layers)


def mirrored(model, inputs):
    """The inputs of a model for images, turned left to right."""
    images = inputs["image"]
    shape = model.get_layer("pixels").shape
    turned = images.reshape(-1, *shape)[:, :, ::-1]
    return {"image": np.ascontiguousarray(turned).reshape(images.shape)}
