"""A shard in memory and as HDF5, in the layout of PDEBench.

`tensor` [B, T, N] float32, `x-coordinate` (cell centres), `t-coordinate`, then per
trajectory `viscosity`, `diffusivity`, `advection_speed` where they apply, and
`amplitude`, `phase`, `mean`, from which any other solver can recompute the field.

Takamoto et al., PDEBench, NeurIPS Datasets and Benchmarks (2022), arXiv:2210.07182.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from evophys_lib.errors import DataError
from evophys_lib.physics.conservation_law import Parameters
from evophys_lib.physics.equations import EQUATIONS
from evophys_lib.physics.files import look_at
from evophys_lib.physics.grid import FRAMES, GRID, Array, cell_centres, frame_times
from evophys_lib.physics.initial_conditions import MODES, InitialConditions
from evophys_lib.physics.manifest import GENERATOR, GENERATOR_VERSION, Manifest
from evophys_lib.physics.splits import Split

Number = TypeVar("Number", np.float32, np.float64)
_BROKEN = (OSError, RuntimeError, LookupError, ValueError, TypeError)
"""What h5py raises over a file whose inside is not what its headers say."""


@dataclass(frozen=True)
class Trajectories:
    """B trajectories of one equation and split.

    Attributes:
        equation: name.
        split: what they may be used for.
        seed: they were drawn from.
        peclet: Pe, or None off the Péclet path.
        field: cell averages ū, (B, T, N) float32.
        x: cell centres (i + ½)/N, (N,).
        t: times of the frames, (T,).
        mean: m, (B,).
        amplitude: A_n, (B, K).
        phase: φ_n, (B, K); u₀ = m + Σ A_n sin(2πnx + φ_n) exactly.
        parameters: `viscosity`, `diffusivity`, `advection_speed` as apply, (B,) each.
    """

    equation: str
    split: Split
    seed: int
    peclet: float | None
    field: NDArray[np.float32]
    x: Array
    t: Array
    mean: Array
    amplitude: Array
    phase: Array
    parameters: Parameters

    @staticmethod
    def of(
        equation: str,
        split: Split,
        seed: int,
        peclet: float | None,
        field: NDArray[np.float32],
        initial: InitialConditions,
        parameters: Parameters,
    ) -> "Trajectories":
        """Trajectories on the common grid and at the common times."""
        return Trajectories(
            equation=equation,
            split=split,
            seed=seed,
            peclet=peclet,
            field=field,
            x=cell_centres(),
            t=frame_times(),
            mean=initial.mean,
            amplitude=initial.amplitude,
            phase=initial.phase,
            parameters=parameters,
        )

    def __len__(self) -> int:
        return len(self.field)

    @property
    def initial(self) -> InitialConditions:
        """u₀ of every trajectory."""
        return InitialConditions(self.mean, self.amplitude, self.phase)

    def take(self, indices: NDArray[np.integer] | slice) -> "Trajectories":
        """The trajectories `indices`, in that order."""
        return replace(
            self,
            field=self.field[indices],
            mean=self.mean[indices],
            amplitude=self.amplitude[indices],
            phase=self.phase[indices],
            parameters={name: v[indices] for name, v in self.parameters.items()},
        )


def joined(lots: Sequence[Trajectories]) -> Trajectories:
    """All of them, one lot after the other; off the Péclet path if they differ in Pe.

    lots: of one equation and split.
    """
    first = lots[0]
    numbers = {lot.peclet for lot in lots}
    return replace(
        first,
        peclet=first.peclet if len(numbers) == 1 else None,
        field=np.concatenate([lot.field for lot in lots]),
        mean=np.concatenate([lot.mean for lot in lots]),
        amplitude=np.concatenate([lot.amplitude for lot in lots]),
        phase=np.concatenate([lot.phase for lot in lots]),
        parameters={
            name: np.concatenate([lot.parameters[name] for lot in lots])
            for name in first.parameters
        },
    )


def encode(shard: Trajectories) -> bytes:
    """The HDF5 file of a shard, built in memory: equal shards give equal bytes."""
    with h5py.File("shard", "w", driver="core", backing_store=False) as file:
        arrays = {
            "tensor": shard.field,
            "x-coordinate": shard.x,
            "t-coordinate": shard.t,
            "mean": shard.mean,
            "amplitude": shard.amplitude,
            "phase": shard.phase,
        } | shard.parameters
        for name, array in arrays.items():
            file.create_dataset(name, data=array, track_times=False)
        file.attrs["equation"] = shard.equation
        file.attrs["split"] = shard.split.value
        file.attrs["seed"] = shard.seed
        if shard.peclet is not None:
            file.attrs["peclet"] = shard.peclet
        file.attrs["time_step"] = float(shard.t[1] - shard.t[0])
        file.attrs["generator"] = GENERATOR
        file.attrs["generator_version"] = GENERATOR_VERSION
        file.flush()
        image: bytes = file.id.get_file_image()
    return image


def decode(path: Path, entry: Manifest) -> Trajectories:
    """The shard of an HDF5 file that is what its manifest entry says.

    Raises:
        DataError: not HDF5; a dataset is missing, elsewhere, or of another shape or
            type; file name, attributes and manifest contradict one another.
    """
    count = _count(path, entry)
    equation, split = _identity(path, entry)
    shapes = {
        "x-coordinate": (GRID,),
        "t-coordinate": (FRAMES,),
        "mean": (count,),
        "amplitude": (count, MODES),
        "phase": (count, MODES),
    }
    try:
        look_at(path)
        with h5py.File(path, "r") as file:
            field = _dataset(file, path, "tensor", (count, FRAMES, GRID), np.float32)
            arrays = {
                name: _dataset(file, path, name, shape, np.float64)
                for name, shape in shapes.items()
            }
            parameters = {
                name: _dataset(file, path, name, (count,), np.float64)
                for name in EQUATIONS[equation].physical
            }
            _compare_attributes(file, path, entry)
    except _BROKEN as error:
        raise DataError(f"{path} is not a readable HDF5 file: {error}.") from error
    return Trajectories(
        equation=equation,
        split=split,
        seed=entry["seed"],
        peclet=entry["peclet"],
        field=field,
        x=arrays["x-coordinate"],
        t=arrays["t-coordinate"],
        mean=arrays["mean"],
        amplitude=arrays["amplitude"],
        phase=arrays["phase"],
        parameters=parameters,
    )


def _count(path: Path, entry: Manifest) -> int:
    """B from the manifest's shape, which must be [B, 100, 128] float32."""
    shape, dtype = entry["shape"], entry["dtype"]
    if len(shape) != 3 or shape[1:] != [FRAMES, GRID] or dtype != "float32":
        raise DataError(
            f"{path}: the manifest says shape {shape}, dtype {dtype}; "
            f"expected [n, {FRAMES}, {GRID}] float32."
        )
    count: int = shape[0]
    return count


def _identity(path: Path, entry: Manifest) -> tuple[str, Split]:
    """Equation and split, once the file's name and the manifest agree on them."""
    equation, split = entry["equation"], entry["split"]
    if path.name != f"{equation}.h5" or equation not in EQUATIONS:
        raise DataError(f"{path}: the manifest says its equation is {equation!r}.")
    if split not in {known.value for known in Split}:
        raise DataError(f"{path}: the manifest says its split is {split!r}.")
    return equation, Split(split)


def _dataset(
    file: h5py.File,
    path: Path,
    name: str,
    shape: tuple[int, ...],
    dtype: type[Number],
) -> NDArray[Number]:
    here = isinstance(file.get(name, getlink=True), h5py.HardLink)
    dataset = file.get(name) if here else None
    if not isinstance(dataset, h5py.Dataset):
        raise DataError(f"{path} has no dataset '{name}'.")
    if dataset.shape != shape or dataset.dtype != dtype:
        raise DataError(
            f"{path}: dataset '{name}' is {dataset.shape} {dataset.dtype}, "
            f"expected {shape} {np.dtype(dtype)}."
        )
    stored = dataset.id.get_storage_size()
    if dataset.is_virtual or dataset.external or dataset.chunks:
        raise DataError(f"{path}: dataset '{name}' is not one piece of this file.")
    if stored != dataset.nbytes or stored > path.stat().st_size:
        raise DataError(
            f"{path}: dataset '{name}' is of {dataset.nbytes} bytes, which this file "
            f"does not hold."
        )
    values: NDArray[Number] = dataset[...]
    return values


def _compare_attributes(file: h5py.File, path: Path, entry: Manifest) -> None:
    for name in ("equation", "split", "seed", "peclet"):
        found = None
        if name in file.attrs and file.attrs.get_id(name).shape == ():
            found = file.attrs[name]
        if found != entry[name]:
            raise DataError(
                f"{path}: attribute {name} is {found!r}, "
                f"the manifest says {entry[name]!r}."
            )
