"""Which processors multiply bytes: told from what Linux and NumPy say of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from stylo.system import processor
from stylo.system.processor import has_int8_dot_products

X86 = "fpu sse4_2 avx2 fma"


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "cpuinfo"
    monkeypatch.setattr(processor, "_CPUINFO", path)
    return path


@pytest.mark.parametrize(
    ("line", "has"),
    [
        (f"flags\t\t: {X86}", False),
        (f"flags\t\t: {X86} avx512f avx512bw", False),
        (f"flags\t\t: {X86} avx512f avx512_vnni", True),
        (f"flags\t\t: {X86} avx_vnni", True),
        (f"flags\t\t: {X86} amx_tile amx_int8", True),
        ("Features\t: fp asimd", False),
        ("Features\t: fp asimd asimddp", True),
        ("nothing : known", False),
    ],
)
def test_linux_tells_the_instructions(told: Path, line: str, has: bool) -> None:
    told.write_text(
        f"processor\t: 0\nmodel name\t: avx512_vnni is only a name here\n{line}\nbugs\t\t: none\n"
    )
    assert has_int8_dot_products({}) is has


def test_a_core_without_them_counts_for_all(told: Path) -> None:
    told.write_text(f"flags : {X86} avx_vnni\n\nflags : {X86}\n")
    assert not has_int8_dot_products({})


@pytest.mark.parametrize(
    ("flags", "limit", "has"),
    [
        ("avx512_vnni", "AVX2", False),
        ("avx512_vnni", "AVX512_CORE", False),
        ("avx512_vnni", "AVX512_CORE_VNNI", True),
        ("avx512_vnni", "AVX2_VNNI", False),
        ("avx512_vnni avx_vnni", "avx2_vnni", True),
        ("avx512_vnni", "DEFAULT", True),
    ],
)
@pytest.mark.parametrize("name", ["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"])
def test_the_environment_may_forbid_them(told: Path, name: str, flags: str, limit: str, has: bool) -> None:
    told.write_text(f"flags : {X86} {flags}\n")
    assert has_int8_dot_products({name: limit}) is has


def test_where_linux_does_not_tell_numpy_does(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not told.exists()
    for features, has in (
        ({"AVX512VNNI": False}, False),
        ({"AVX512VNNI": True}, True),
        ({"ASIMDDP": True}, True),
    ):
        features_of = [name for name, there in features.items() if there]
        monkeypatch.setattr(processor, "_numpy_features", lambda found=features_of: found)
        assert has_int8_dot_products({}) is has


def test_numpy_is_asked_as_it_is() -> None:
    assert {"AVX", "NEON", "ASIMD", "VX", "VSX"} & set(processor._numpy_features())
