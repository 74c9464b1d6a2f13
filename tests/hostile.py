"""Files as somebody who means harm would leave them under an artifact's name."""

import hashlib
import json
import os
import pickle
import struct
from pathlib import Path

import h5py
import numpy as np

from evophys_lib.physics import manifest

DEEP = 100_000
HUGE = 2**28


class Harm:
    """Leaves a mark where a pickle of it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def mark_of(path: Path) -> Path:
    """The file that is there once somebody has loaded the pickle at `path`."""
    return path.with_name("harmed")


def a_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps(Harm(mark_of(path))))


def lists_in_lists(path: Path) -> None:
    path.write_text("[" * DEEP + "]" * DEEP)


def objects_in_objects(path: Path) -> None:
    path.write_text('{"a":' * DEEP + "1" + "}" * DEEP)


def endless_json(path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(b'{"a": [')
        stream.truncate(HUGE)


def endless_device(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")


def a_pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def a_link_to_itself(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(path.name)


def a_long_number(path: Path) -> None:
    path.write_text("9" * 5000)


def lying_header(path: Path) -> None:
    path.write_bytes(struct.pack("<Q", HUGE) + b"{" * 100)


def a_tensor_beyond_the_end(path: Path) -> None:
    header = b'{"a":{"dtype":"F32","shape":[300000000],"data_offsets":[0,1200000000]}}'
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(64))


def an_empty_file(path: Path) -> None:
    path.write_bytes(b"")


OF_EVERY_KIND = (
    a_pickle, lists_in_lists, objects_in_objects, endless_json, endless_device, a_pipe,
    a_folder, a_link_to_itself, a_long_number, lying_header, a_tensor_beyond_the_end,
    an_empty_file,
)  # fmt: skip
"""Each puts one such file at a path."""


# --- HDF5: each changes a file that is open for writing ------------------------------


def external_link(file: h5py.File) -> None:
    del file["tensor"]
    file["tensor"] = h5py.ExternalLink("burgers.h5", "tensor")


def dangling_link(file: h5py.File) -> None:
    del file["tensor"]
    file["tensor"] = h5py.ExternalLink("/nowhere.h5", "tensor")


def soft_link(file: h5py.File) -> None:
    file.move("tensor", "elsewhere")
    file["tensor"] = h5py.SoftLink("/elsewhere")


def loop_of_links(file: h5py.File) -> None:
    del file["mean"]
    file["mean"] = h5py.SoftLink("/mean")


def virtual_dataset(file: h5py.File) -> None:
    shape = file["tensor"].shape
    layout = h5py.VirtualLayout(shape, np.float32)
    layout[...] = h5py.VirtualSource("burgers.h5", "tensor", shape)
    del file["tensor"]
    file.create_virtual_dataset("tensor", layout)


def stored_elsewhere(file: h5py.File) -> None:
    shape = file["tensor"].shape
    del file["tensor"]
    other = [("burgers.h5", 0, int(np.prod(shape)) * 4)]
    file.create_dataset("tensor", shape, np.float32, external=other)


def never_written(file: h5py.File) -> None:
    shape = file["tensor"].shape
    del file["tensor"]
    file.create_dataset("tensor", shape, np.float32)


def packed(file: h5py.File) -> None:
    values = np.zeros_like(file["tensor"][...])
    del file["tensor"]
    file.create_dataset("tensor", data=values, compression="gzip")


def group_for_a_dataset(file: h5py.File) -> None:
    del file["mean"]
    file.create_group("mean")


def a_type_by_reference(file: h5py.File) -> None:
    count = len(file["mean"])
    del file["mean"]
    file.create_dataset("mean", (count,), h5py.vlen_dtype(np.float64))


def list_for_an_attribute(file: h5py.File) -> None:
    file.attrs["seed"] = np.arange(5)


def empty_attribute(file: h5py.File) -> None:
    file.attrs["seed"] = h5py.Empty("f")


IN_HDF5 = (
    external_link, dangling_link, soft_link, loop_of_links, virtual_dataset,
    stored_elsewhere, never_written, packed, group_for_a_dataset, a_type_by_reference,
    list_for_an_attribute, empty_attribute,
)  # fmt: skip


def signed(path: Path, change) -> None:
    """Change a shard and sign it anew in its manifest, as a foreign writer would."""
    with h5py.File(path, "r+") as file:
        change(file)
    sign(path)


def sign(path: Path, **claims) -> None:
    """Give the manifest of a shard the bytes that it has, and what else is claimed."""
    kept = path.with_name(manifest.NAME)
    listing = json.loads(kept.read_text())
    content = path.read_bytes()
    listing["shards"][path.name] |= {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    } | claims
    kept.write_text(json.dumps(listing))
