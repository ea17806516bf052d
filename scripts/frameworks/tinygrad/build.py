"""What of tinygrad is running: version, backend, compiler."""

from __future__ import annotations

import subprocess

from frameworks.tinygrad.availability import checkout_commit, compiler_command, release


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
