"""Named tensors on disk, as safetensors, which can run no code when they are read."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from evophys_lib.errors import ArtifactError
from evophys_lib.physics import files

Tensors = Mapping[str, torch.Tensor]
"""By name; those that were read are shared, so nobody may change them."""


def save_tensors(path: Path, tensors: Tensors) -> None:
    """Write named tensors as safetensors; equal tensors give equal bytes."""
    on_cpu = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    save_file(on_cpu, path)


def look_at_tensors(path: Path) -> None:
    """Refuse, by OSError, a safetensors file with more header than JSON may be long.

    A file that ends before its header, or tensors that do not fill it, the library
    refuses itself, before it takes memory for them.
    """
    with files.opened(path) as stream:
        header = int.from_bytes(stream.read(8), "little")
    if header > files.LARGEST_JSON:
        raise OSError(f"its header claims {header} bytes")


def load_tensors(path: Path) -> Tensors:
    """Read named tensors, or ArtifactError naming the file."""
    try:
        look_at_tensors(path)
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise ArtifactError(
            f"{path} is not a readable safetensors file ({error}). Delete it and its "
            f"record, and run again."
        ) from error


def require(tensors: Tensors, names: Iterable[str], source: Path) -> Tensors:
    """The tensors, or ArtifactError if one of `names` is not among them."""
    missing = [name for name in names if name not in tensors]
    if missing:
        raise ArtifactError(
            f"{source} is not what this library stores there: it holds no "
            f"{', '.join(missing)}. Delete it and its record, and run again."
        )
    return tensors


def matching(
    tensors: Tensors, like: Mapping[str, torch.Tensor], source: Path
) -> Tensors:
    """The tensors, or ArtifactError unless names and shapes are those of a model."""
    own = {name: tuple(t.shape) for name, t in like.items()}
    given = {name: tuple(t.shape) for name, t in tensors.items()}
    if own != given:
        differing = sorted(set(own.items()) ^ set(given.items()))[0][0]
        raise ArtifactError(
            f"{source} is not a checkpoint of this model: {differing} is missing, "
            f"surplus or of another shape. Delete it and its record, and run again."
        )
    return tensors
