"""The tinygrad that is installed: version, commit, build, and its own language model `tinygrad.llm.model`.

As a program it is `python -m tinygrad.llm`, also where the package was published without its kernels:

    cd scripts && python3 -m frameworks.tinygrad.package --model ../model.gguf --benchmark 20
"""

from __future__ import annotations

import importlib
import re
import runpy
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from frameworks.tinygrad.devices import compiler_command

#: The oldest published package; a source checkout is taken as it is.
OLDEST_RELEASE = (0, 14)


def version() -> str:
    """'0.14.0', with the commit where tinygrad runs from a source checkout: '0.14.0 (a9069c177)'."""
    commit = checkout_commit()
    return f"{release()} ({commit[:9]})" if commit is not None else release()


def release() -> str:
    """The checkout's own version goes before that of an installed one, which it hides."""
    checkout = checkout_folder() / "pyproject.toml"
    if checkout.is_file():
        found = re.search(r'^version\s*=\s*"([^"]+)"', checkout.read_text(encoding="utf-8"), re.MULTILINE)
        if found is not None:
            return found.group(1)
    try:
        return metadata.version("tinygrad")
    except metadata.PackageNotFoundError:
        return "unknown"


def is_too_old(version_text: str) -> bool:
    """False for an unknown version, which is tried."""
    found = re.match(r"(\d+)\.(\d+)", version_text)
    return found is not None and (int(found.group(1)), int(found.group(2))) < OLDEST_RELEASE


def checkout_commit() -> str | None:
    """What HEAD of the checkout names, read without git; None for an installed tinygrad."""
    git = checkout_folder() / ".git"
    try:
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head
        reference = head.removeprefix("ref: ")
        loose = git / reference
        if loose.is_file():
            return loose.read_text(encoding="utf-8").strip()
        for line in (git / "packed-refs").read_text(encoding="utf-8").splitlines():
            if line.endswith(f" {reference}"):
                return line.split()[0]
    except OSError:
        pass
    return None


def checkout_folder() -> Path:
    import tinygrad

    return Path(str(tinygrad.__file__)).resolve().parent.parent


MISSING_FROM_PACKAGE = "tinygrad.llm.kernels"


def import_model() -> Any:
    """The module `tinygrad.llm.model`; raises what its import raises.

    The packages of 0.14.0 lack `tinygrad.llm.kernels` (tinygrad's issue 18240), from which that module imports a layer and
    kernels written for AMD's RDNA3. On every other device that layer is `tinygrad.nn.Linear` and the kernels are not
    called. Where the folder is missing, a stand-in has that layer and reports the kernels as unsupported on every device.
    """
    try:
        return importlib.import_module("tinygrad.llm.model")
    except ModuleNotFoundError as error:
        if error.name != MISSING_FROM_PACKAGE:
            raise
    for module in stand_in():
        sys.modules[module.__name__] = module
    return importlib.import_module("tinygrad.llm.model")


def kernels_are_missing() -> bool:
    """Whether the layer without kernels stands in; known once the model is imported."""
    return getattr(sys.modules.get(MISSING_FROM_PACKAGE), "stands_in", False)


def stand_in() -> tuple[ModuleType, ModuleType]:
    """The missing package and the one module that is imported from it."""
    from tinygrad import nn

    def not_there(*_: Any, **__: Any) -> Any:
        raise NotImplementedError(f"{MISSING_FROM_PACKAGE} is not in this package of tinygrad")

    package, kernels = ModuleType(MISSING_FROM_PACKAGE), ModuleType(f"{MISSING_FROM_PACKAGE}.amd")
    vars(package).update(__path__=[], amd=kernels, stands_in=True)
    vars(kernels).update(
        Linear=nn.Linear,
        amd_custom_kernels_supported=lambda device: False,
        flash_attention=not_there,
        gated_delta_prefill=not_there,
    )
    return package, kernels


def build_facts(devices: tuple[str, ...]) -> dict[str, str | bool | None]:
    from tinygrad import Device
    from tinygrad.helpers import getenv

    renderer = Device[devices[0]].renderer
    command = compiler_command(renderer)
    return {
        "tinygrad": release(),
        "commit": checkout_commit(),
        "backend": ", ".join(devices),
        "renderer": type(renderer).__name__,
        "compiler": None if command is None else first_line([command, "--version"]),
        # An experimental switch of tinygrad's: a step is one launch, not one for each kernel.
        "hcq2": bool(getenv("HCQ2")),
        # Kernels are compiled here, for this processor.
        "buildType": "native",
        "cpuVariant": None,
    }


def first_line(command: list[str]) -> str | None:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.splitlines()[0]
    except (OSError, subprocess.SubprocessError, IndexError):
        return None


if __name__ == "__main__":
    import_model()
    runpy.run_module("tinygrad.llm", run_name="__main__", alter_sys=True)
