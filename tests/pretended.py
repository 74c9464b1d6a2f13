"""A device that is none: tensors on it have values, and do not mix with the CPU's.

Within `pretending()` tensors sent to `DEVICE`, or made there, carry the device's name
and hold their values on the CPU. An operator that takes tensors from both raises, as
it does where one of them is on a GPU; so do a generator of the CPU that is to draw on
the device, and `numpy()`. Allowed is what is allowed there: copies from one to the
other, single numbers from the CPU among operands, and CPU indices into a device tensor.
"""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("meta")
"""A name that every build knows; `device.type` is neither `cpu` nor `cuda`."""
_aten = torch.ops.aten
_BETWEEN = {_aten._to_copy.default, _aten.copy_.default}
_INDEXED = {_aten.index.Tensor, _aten.index_put.default, _aten.index_put_.default}
_AT = (torch.Tensor.__getitem__, torch.Tensor.__setitem__)
_FROM_DATA = (torch.tensor, torch.as_tensor, torch.asarray)


class OnDevice(torch.Tensor):
    """A tensor of the device; `held` has its values."""

    __module__ = "torch"  # opt_einsum asks what it is by its module
    held: torch.Tensor

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> "OnDevice":
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            held.shape,
            held.stride(),
            held.storage_offset(),
            dtype=held.dtype,
            layout=held.layout,
            device=DEVICE,
            requires_grad=held.requires_grad,
        )
        made.held = held
        return made

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        raise RuntimeError(f"{func} on the pretended device outside of pretending()")


def _is_list(x: Any) -> bool:
    return isinstance(x, list)


def _index(x: Any) -> Any:
    """A list of places as the tensor that torch makes of it."""
    return torch.tensor(x) if _is_list(x) else x


class Mixed(RuntimeError):
    """An operator was given tensors of two devices."""


class _Data(TorchFunctionMode):
    """Numbers go from Python and numpy to the device and come back to Python."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func is torch.Tensor.tolist:
            return func(*map(_held, args))
        if func in _AT and isinstance(args[0], OnDevice):
            return func(args[0], tree_map(_index, args[1], is_leaf=_is_list), *args[2:])
        if func not in _FROM_DATA or kwargs.get("device") is None:
            return func(*args, **kwargs)
        device = torch.device(kwargs.pop("device"))
        wanted = kwargs.pop("requires_grad", False)
        made = func(*args, **kwargs).to(device)
        return made.requires_grad_() if wanted else made


class _Operators(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.doubles: set[str] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        given = [x for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
        there = any(isinstance(x, OnDevice) for x in given)
        if "device" in kwargs and kwargs["device"] is not None:
            result_there = torch.device(kwargs["device"]).type == DEVICE.type
            kwargs["device"] = torch.device("cpu")
        else:
            result_there = there
        if func not in _BETWEEN:
            _check(func, args, given, there)
        if result_there and isinstance(kwargs.get("generator"), torch.Generator):
            raise Mixed(f"{func}: a generator of the CPU cannot draw on the device")
        held_args, held_kwargs = tree_map(_held, (args, kwargs))
        made = func(*held_args, **held_kwargs)
        if not result_there:
            return made if not there else tree_map(_same(args, kwargs), made)
        self._note_doubles(made)
        out = tree_map(_wrapped, made)
        return return_and_correct_aliasing(func, args, kwargs, out) if there else out

    def _note_doubles(self, made: Any) -> None:
        for x in tree_leaves(made):
            if isinstance(x, torch.Tensor) and x.dtype == torch.float64 and x.ndim:
                self.doubles.add(_caller())


def _check(func: Any, args: Any, given: list[torch.Tensor], there: bool) -> None:
    here = [x for x in given if not isinstance(x, OnDevice)]
    if func in _INDEXED and isinstance(args[0], OnDevice):
        indices = [x for x in tree_leaves(args[1]) if isinstance(x, torch.Tensor)]
        here = [x for x in here if not any(x is index for index in indices)]
    if torch.Tag.pointwise in func.tags:
        here = [x for x in here if x.ndim]
    if there and here:
        shapes = [tuple(x.shape) for x in here]
        raise Mixed(f"{func}: tensors {shapes} of the CPU meet tensors of the device")


def _held(x: Any) -> Any:
    return x.held if isinstance(x, OnDevice) else x


def _wrapped(x: Any) -> Any:
    return OnDevice(x) if isinstance(x, torch.Tensor) else x


def _same(args: Any, kwargs: Any) -> Any:
    """An argument that was written to is itself returned, not what it holds."""
    kept = {
        id(x.held): x for x in tree_leaves((args, kwargs)) if isinstance(x, OnDevice)
    }
    return lambda x: kept.get(id(x), x)


def _caller() -> str:
    """`<module>.<function>` of the library that is at work."""
    frame = sys._getframe()
    while frame := frame.f_back:
        path = Path(frame.f_code.co_filename)
        if "evophys_lib" in path.parts:
            return f"{path.stem}.{frame.f_code.co_name}"
    return "?"


@contextmanager
def pretending() -> Iterator[set[str]]:
    """The device is there; gives the functions that made float64 tensors on it."""
    fused = "torch.optim.optimizer._get_fused_kernels_supported_devices"
    with (
        warnings.catch_warnings(),
        patch(fused, lambda: ["cpu", DEVICE.type]),  # as on a GPU
        _Data(),
        _Operators() as operators,
    ):
        warnings.filterwarnings("ignore", message=".*non-meta parameter.*no-op")
        yield operators.doubles
