"""PyTorch files of the old format, made without PyTorch: what its `torch.save` wrote before 1.6."""

from __future__ import annotations

import io
import pickle
import sys
import types
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
MACHINE = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}


@dataclass
class Stored:
    """A tensor as a file holds it: a view of a storage. `values` is flat, float32 or int64."""

    values: np.ndarray
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0


def plain(array: np.ndarray) -> Stored:
    """An array row by row."""
    strides = tuple(step // array.itemsize for step in np.ascontiguousarray(array).strides)
    return Stored(np.ascontiguousarray(array).ravel(), array.shape, strides)


def file_of(tensors: Mapping[str, Stored], table: object = None) -> bytes:
    """The bytes of a file with these tensors; `table` is pickled in place of their dictionary."""
    fake = _fake_torch()
    keys = {name: str(1000 + number) for number, name in enumerate(tensors)}

    class Pickler(pickle.Pickler):
        def persistent_id(self, found: Any) -> Any:
            if not isinstance(found, fake.Reference):
                return None
            kind = fake.FloatStorage if found.values.dtype == np.float32 else fake.LongStorage
            return ("storage", kind, found.key, "cpu", len(found.values), None)

    state: Any = OrderedDict()
    for name, stored in tensors.items():
        reference = fake.Reference(keys[name], stored.values)
        state[name] = fake.Tensor(
            (reference, stored.offset, stored.shape, stored.strides, False, OrderedDict())
        )
    state._metadata = OrderedDict({"": {"version": 1}})
    written = io.BytesIO()
    before = {name: sys.modules.get(name) for name in ("torch", "torch._utils")}
    sys.modules.update({"torch": fake.torch, "torch._utils": fake.utils})
    try:
        for part in (MAGIC, PROTOCOL, MACHINE, state if table is None else table, list(keys.values())):
            Pickler(written, protocol=2).dump(part)
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    for name in keys:
        values = tensors[name].values
        written.write(len(values).to_bytes(8, "little") + values.tobytes())
    return written.getvalue()


def _fake_torch() -> Any:
    """Enough of PyTorch's names for `pickle` to write them."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def _rebuild_tensor_v2(*_: object) -> None:
        raise AssertionError("nothing that a file asks for may be called")

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    for name in ("FloatStorage", "LongStorage"):
        setattr(torch, name, type(name, (), {"__module__": "torch"}))

    class Reference:
        def __init__(self, key: str, values: np.ndarray) -> None:
            self.key, self.values = key, values

    class Tensor:
        def __init__(self, arguments: tuple[Any, ...]) -> None:
            self.arguments = arguments

        def __reduce__(self) -> tuple[Any, ...]:
            return _rebuild_tensor_v2, self.arguments

    return types.SimpleNamespace(
        torch=torch,
        utils=utils,
        Reference=Reference,
        Tensor=Tensor,
        FloatStorage=torch.FloatStorage,  # type: ignore[attr-defined]
        LongStorage=torch.LongStorage,  # type: ignore[attr-defined]
    )
