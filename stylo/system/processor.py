"""What the processor can do that libraries do not tell."""

from __future__ import annotations

import importlib
import os
from collections.abc import Collection, Mapping
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
#: Dot products of bytes, by their names in /proc/cpuinfo: of x86, and of ARM.
_WIDE, _NARROW, _ARM = {"avx512_vnni", "amx_int8"}, {"avx_vnni"}, {"asimddp", "i8mm"}
#: NumPy's names of those that it knows.
_OF_NUMPY = {"AVX512VNNI": "avx512_vnni", "ASIMDDP": "asimddp"}
#: What oneDNN, which computes for OpenVINO, may be held to (the environment's ONEDNN_MAX_CPU_ISA) that lacks some.
_WITHOUT = {"sse41", "avx", "avx2", "avx512_core"}
_WITHOUT_WIDE = {"avx2_vnni", "avx2_vnni_2"}


def has_int8_dot_products(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether there are instructions that multiply and add bytes in one go, and OpenVINO may use them.

    AVX512-VNNI, AVX-VNNI or AMX-INT8; on ARM, dot products. Linux tells them all. Elsewhere NumPy is asked, which
    does not know AVX-VNNI: a processor that has nothing else counts as one without.
    """
    found = _flags()
    limit = (environment.get("ONEDNN_MAX_CPU_ISA") or environment.get("DNNL_MAX_CPU_ISA") or "").lower()
    if limit in _WITHOUT:
        found = found & _ARM
    elif limit in _WITHOUT_WIDE:
        found = found - _WIDE
    return bool(found & (_WIDE | _NARROW | _ARM))


def _flags() -> set[str]:
    try:
        text = _CPUINFO.read_text("utf-8", "replace")
    except OSError:
        return {flag for name, flag in _OF_NUMPY.items() if name in _numpy_features()}
    # The cores of one processor may differ: what all of them have counts.
    kinds = [
        set(value.split())
        for name, _, value in (line.partition(":") for line in text.splitlines())
        if name.strip() in ("flags", "Features")
    ]
    return set.intersection(*kinds) if kinds else set()


def _numpy_features() -> Collection[str]:
    try:
        features = importlib.import_module("numpy._core._multiarray_umath").__cpu_features__
    except (ImportError, AttributeError):
        return ()
    return [name for name, there in features.items() if there]
