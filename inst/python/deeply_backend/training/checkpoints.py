"""Checkpoints that a power cut cannot spoil.

A checkpoint is written beside its final name, brought to the disk, and only
then renamed, which is one step for the file system. The one before is kept.
"""

import contextlib
import json
import os
import re
import zipfile

import numpy as np

KEPT = 2
_NAME = re.compile(r"checkpoint-(\d{12})\.npz")


class CheckpointError(Exception):
    """A checkpoint that cannot be written, read or found."""


def save(folder, number, content):
    """Writes a checkpoint and removes all but the last ones.

    Args:
        folder: A folder that exists.
        number: Integer that grows with every checkpoint of a run.
        content: Nested dicts, lists and tuples of arrays, numbers, strings and
            `None`.

    Raises:
        CheckpointError: If the disk is full or the folder read-only; what was
            there before is untouched.
    """
    arrays = []
    outline = json.dumps(_pack(content, arrays))
    path = os.path.join(folder, f"checkpoint-{number:012d}.npz")
    draft = path + ".part"
    # A process that was killed in the middle of a write left its draft.
    for name in _names(folder, ".npz.part"):
        _remove(os.path.join(folder, name))
    try:
        with open(draft, "wb") as file:
            _write(file, outline, arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        _sync_folder(folder)
    except OSError as error:
        _remove(draft)
        raise CheckpointError(
            f"the checkpoint {path!r} could not be written: "
            f"{error.strerror or error}"
        ) from error
    for old in _numbers(folder)[:-KEPT]:
        _remove(os.path.join(folder, f"checkpoint-{old:012d}.npz"))


def check_new(folder):
    """Refuses a folder that holds checkpoints: two runs in one would mix."""
    if _numbers(folder):
        raise CheckpointError(f"{folder!r} holds checkpoints of another run")


def load(folder):
    """Reads the newest checkpoint that is whole.

    Returns:
        A tuple of its content and a list of the file names that could not be
        read, newest first.

    Raises:
        CheckpointError: If there is none.
    """
    spoiled = []
    for number in reversed(_numbers(folder)):
        name = f"checkpoint-{number:012d}.npz"
        try:
            return _read(os.path.join(folder, name)), spoiled
        except Exception:
            # Damage can look like anything, an unknown compression too.
            spoiled.append(name)
    if spoiled:
        raise CheckpointError(
            f"no checkpoint in {folder!r} can be read: {', '.join(spoiled)} "
            "are damaged"
        )
    raise CheckpointError(f"there is no checkpoint in {folder!r}")


def _write(file, outline, arrays):
    # NumPy's savez() complains to the console when the disk is full.
    arrays = {f"arr_{i}": array for i, array in enumerate(arrays)}
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in {"outline": np.array(outline), **arrays}.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _read(path):
    # Every member is read here, and with it its checksum.
    with np.load(path, allow_pickle=False) as file:
        outline = json.loads(str(file["outline"]))
        arrays = [file[f"arr_{i}"] for i in range(len(file.files) - 1)]
    return _unpack(outline, arrays)


def _numbers(folder):
    """The numbers of the checkpoints in a folder, oldest first."""
    found = map(_NAME.fullmatch, _names(folder, ".npz"))
    return sorted(int(match[1]) for match in found if match)


def _names(folder, end):
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return [name for name in names if name.endswith(end)]


def _pack(content, arrays):
    """The outline of nested content as JSON; its arrays go into a list."""
    if isinstance(content, dict):
        return {"dict": {k: _pack(v, arrays) for k, v in content.items()}}
    if isinstance(content, list | tuple):
        kind = "list" if isinstance(content, list) else "tuple"
        return {kind: [_pack(value, arrays) for value in content]}
    if isinstance(content, np.ndarray | np.generic):
        array = np.asarray(content)
        # NumPy writes a type that is not its own, such as bfloat16, as bytes.
        known = array.dtype.kind != "V"
        arrays.append(array if known else array.astype(np.float32))
        return {"array": len(arrays) - 1}
    return {"value": content}


def _unpack(outline, arrays):
    ((kind, value),) = outline.items()
    if kind == "dict":
        return {key: _unpack(item, arrays) for key, item in value.items()}
    if kind == "list":
        return [_unpack(item, arrays) for item in value]
    if kind == "tuple":
        return tuple(_unpack(item, arrays) for item in value)
    return arrays[value] if kind == "array" else value


def _sync_folder(folder):
    """Brings the new name to the disk, where the system can."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _remove(path):
    with contextlib.suppress(OSError):
        os.remove(path)
