import numpy as np
import pytest
from PIL import Image

from deeply_backend import bridge
from deeply_backend.data import images
from deeply_backend.data.disk_rows import DiskRows
from deeply_backend.data.images import PictureError
from deeply_backend.data.images import Pixels
from deeply_backend.data.images import decode
from deeply_backend.data.images import read_picture
from deeply_backend.data.rows import Rows

# Red, green, blue and white quarters.
COLOURS = [[(255, 0, 0), (0, 255, 0)], [(0, 0, 255), (255, 255, 255)]]


def quarters(height=8, width=8):
    x = np.array(COLOURS, np.uint8)
    return x.repeat(height // 2, axis=0).repeat(width // 2, axis=1)


def saved(path, array, **options):
    Image.fromarray(array).save(path, **options)
    return str(path)


def read(path, shape=(8, 8, 3), resize="crop"):
    return read_picture(str(path), shape, resize)


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.webp", "a.tif"])
def test_formats_without_loss_give_the_bytes_themselves(tmp_path, name):
    path = saved(
        tmp_path / name,
        quarters(),
        **({"lossless": True} if name.endswith("webp") else {}),
    )
    np.testing.assert_array_equal(read(path), quarters())


def test_a_jpeg_gives_nearly_the_bytes(tmp_path):
    path = saved(tmp_path / "a.jpg", quarters(64, 64), quality=95)
    error = read(path, (64, 64, 3)).astype(int) - quarters(64, 64)
    assert np.abs(error).mean() < 3


def test_grey_is_the_usual_weighing_of_colours(tmp_path):
    path = saved(tmp_path / "a.png", quarters(2, 2))
    # ITU-R 601-2: 0.299 red, 0.587 green, 0.114 blue.
    expected = [[[76], [150]], [[29], [255]]]
    np.testing.assert_allclose(read(path, (2, 2, 1)), expected, atol=1)


def test_a_grey_picture_has_three_equal_channels_if_asked(tmp_path):
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    path = saved(tmp_path / "a.png", grey)
    np.testing.assert_array_equal(read(path), grey[:, :, None].repeat(3, 2))


def test_what_is_transparent_lies_on_white(tmp_path):
    colour = np.dstack([quarters(), np.full((8, 8), 255, np.uint8)])
    colour[:4, :4, 3] = 0
    expected = quarters()
    expected[:4, :4] = 255
    path = saved(tmp_path / "a.png", colour)
    np.testing.assert_array_equal(read(path), expected)


def test_a_palette_may_be_transparent_too(tmp_path):
    image = Image.fromarray(quarters()).convert("P")
    first = image.getpixel((0, 0))
    image.save(tmp_path / "a.png", transparency=first)
    expected = quarters()
    expected[:4, :4] = 255
    np.testing.assert_array_equal(read(tmp_path / "a.png"), expected)


def test_sixteen_bits_become_eight(tmp_path):
    deep = np.array([[0, 257, 128 * 257, 65535]], np.uint16).repeat(4, axis=0)
    path = saved(tmp_path / "a.png", deep)
    found = read(path, (4, 4, 1))[0, :, 0]
    np.testing.assert_array_equal(found, [0, 1, 128, 255])


def test_floats_from_0_to_1_become_bytes(tmp_path):
    values = np.array([[0, 0.5, 1, 0.25]], np.float32).repeat(4, axis=0)
    path = saved(tmp_path / "a.tif", values)
    found = read(path, (4, 4, 1))[0, :, 0]
    np.testing.assert_array_equal(found, [0, 128, 255, 64])


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_pictures_are_turned_as_their_exif_says(tmp_path, name, turn):
    # How a camera would have stored the upright picture, by the standard.
    stored = {
        1: lambda x: x,
        2: lambda x: x[:, ::-1],
        3: lambda x: x[::-1, ::-1],
        4: lambda x: x[::-1],
        5: lambda x: x.transpose(1, 0, 2),
        6: lambda x: np.rot90(x, 1),
        7: lambda x: np.rot90(x, 2).transpose(1, 0, 2),
        8: lambda x: np.rot90(x, -1),
    }[turn](quarters(64, 32))
    exif = Image.Exif()
    exif[0x0112] = turn
    path = saved(tmp_path / name, np.ascontiguousarray(stored), exif=exif)
    error = read(path, (64, 32, 3)).astype(int) - quarters(64, 32)
    # What JPEG loses is next to the edges of the quarters.
    assert np.abs(error).mean() <= (0 if name == "a.png" else 5)
    assert images.measure([path]).tolist() == [[64, 32, 3]]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_jpeg_is_read_smaller_as_pillow_would_shrink_it(tmp_path, channels):
    y, x = np.mgrid[:300, :400]
    waves = 127 + 60 * np.sin(x / 20) + 60 * np.cos(y / 30)
    colours = np.stack([waves, 255 - waves, waves / 2], axis=2)
    path = saved(tmp_path / "a.jpg", colours.astype(np.uint8), quality=95)
    found = read(path, (64, 64, channels)).astype(int)
    with Image.open(path) as whole:
        middle = whole.crop((50, 0, 350, 300)).resize((64, 64), Image.BOX)
        middle = middle.convert("L" if channels == 1 else "RGB")
    expected = np.asarray(middle).reshape(found.shape).astype(int)
    assert np.abs(found - expected).mean() < 2


def test_a_jpeg_of_four_inks_is_read(tmp_path):
    inks = Image.fromarray(quarters(64, 64)).convert("CMYK")
    inks.save(tmp_path / "a.jpg", quality=95)
    error = read(tmp_path / "a.jpg", (64, 64, 3)) - quarters(64, 64).astype(int)
    assert np.abs(error).mean() < 5


def test_a_wide_picture_is_cropped_stretched_or_padded(tmp_path):
    wide = np.zeros((10, 20, 3), np.uint8)
    wide[:, 5:15] = 255
    path = saved(tmp_path / "a.png", wide)
    # Cut: the white middle alone. Stretched: half of it black. Padded: black
    # above and below, and a quarter white.
    for resize, white in (("crop", 1), ("stretch", 0.5), ("pad", 0.25)):
        found = read(path, (10, 10, 3), resize)
        assert np.mean(found) / 255 == pytest.approx(white, abs=0.03)
    assert not read(path, (10, 10, 3), "pad")[[0, 1, 8, 9]].any()


def test_shrinking_is_a_mean_and_hits_no_moire(tmp_path):
    stripes = np.zeros((128, 128), np.uint8)
    stripes[:, ::2] = 255
    path = saved(tmp_path / "a.png", stripes)
    # At the border there is less to take the mean of.
    found = read(path, (16, 16, 1)).astype(int)[:, 1:-1]
    assert np.abs(found - 127.5).max() < 3


BROKEN = {
    "empty.jpg": (lambda path: path.write_bytes(b""), "empty"),
    "text.png": (lambda path: path.write_text("no picture"), "unknown"),
    "cut.jpg": (lambda path: cut(path, quarters(64, 64)), "damaged"),
    "cut.png": (lambda path: cut(path, noise()), "damaged"),
    "folder.png": (lambda path: path.mkdir(), "unreadable"),
    "none.png": (lambda path: None, "missing"),
}


def noise():
    return np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)


def cut(path, array):
    saved(path, array)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_says_why(tmp_path, name):
    make, why = BROKEN[name]
    make(tmp_path / name)
    with pytest.raises(PictureError, match=why):
        read(tmp_path / name)


def test_many_pictures_are_read_in_order_and_the_broken_are_named(tmp_path):
    paths = [
        saved(tmp_path / f"{i}.png", np.full((4, 4), i, np.uint8))
        for i in range(40)
    ]
    (tmp_path / "7.png").write_bytes(b"")
    array, faults = decode(paths, (4, 4, 1), "crop")
    assert faults == {7: "empty"}
    expected = np.arange(40).repeat(16).reshape(40, 16)
    expected[7] = 0
    np.testing.assert_array_equal(array, expected)
    sizes = images.measure(paths)
    assert sizes[7].tolist() == [0, 0, 0]
    assert sizes[8].tolist() == [4, 4, 1]


@pytest.mark.parametrize("on_disk", [False, True])
def test_decoded_rows_go_into_a_buffer_unseen(tmp_path, on_disk):
    paths = [
        saved(tmp_path / f"{i}.png", np.full((2, 3), i, np.uint8))
        for i in range(5)
    ]
    answer = bridge.decode_images("\n".join(paths), np.array([2, 3, 1]), "crop")
    widths = {"image": 6, "y": 1, "weights": 1}
    data = (
        DiskRows(tmp_path / "rows", 5, widths) if on_disk else Rows(5, widths)
    )
    bridge.write(data, 0, {"image": answer["image"]})
    expected = np.arange(5).repeat(6).reshape(5, 6)
    np.testing.assert_array_equal(data.read(0, 5)["image"], expected)
    assert data.read(0, 5)["image"].dtype == np.uint8
    inputs = bridge.as_inputs({"image": answer["image"]})
    np.testing.assert_array_equal(inputs["image"], expected)


def test_images_in_memory_are_resized_as_files_are(tmp_path):
    array = noise()
    path = saved(tmp_path / "a.png", array)
    found = images.reshape(array[None], (32, 16, 1), "crop")
    expected = read(path, (32, 16, 1))
    np.testing.assert_array_equal(found[0], expected.reshape(-1))


def test_shrunk_images_are_means_of_fields():
    x = np.random.default_rng(1).integers(0, 256, (3, 6, 9, 2), np.uint8)
    flat = x.reshape(3, -1)
    found = images.shrink(flat, (6, 9, 2), 3).reshape(3, 3, 3, 2)
    expected = x.reshape(3, 3, 2, 3, 3, 2).mean(axis=(2, 4)) / 255
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    whole = images.shrink(flat, (6, 9, 2), 9)
    np.testing.assert_allclose(whole, flat / 255, rtol=1e-6)
    assert images.shrink(flat[:0], (6, 9, 2), 3).shape == (0, 18)


def test_moments_are_those_of_the_training_rows():
    x = np.random.default_rng(2).integers(0, 256, (50, 4, 3, 2), np.uint8)
    data = Rows(50, {"image": 24, "y": 1, "weights": 1})
    data.write(0, {"image": Pixels(x.reshape(50, -1))})
    found = bridge.pixel_moments(data, 40.0, 2)
    train = x[:40].reshape(-1, 2) / 255
    np.testing.assert_allclose(found["mean"], train.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found["sd"], train.std(axis=0), rtol=1e-5)
