"""Which tinygrad there is, and which of its devices really compute."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from frameworks.tinygrad.devices import BACKENDS, portable_name
from frameworks.tinygrad.llm_package import import_model

OLDEST_PYTHON = (3, 11)
#: Of the published packages; a source checkout is taken as it is.
OLDEST_RELEASE = (0, 14)
INSTALL = (
    "`uv pip install 'tinygrad>=0.14'`, or name a source checkout with --python-path DIR (or TOKENLAP_PYTHON_PATH)."
)
COMPILER = "Install clang (Debian, Ubuntu: `apt install clang`; macOS: `xcode-select --install`) or set CC to one."


def probe() -> dict[str, Any]:
    """As `Availability` of scripts/frameworks/framework.ts; never raises."""
    if sys.version_info < OLDEST_PYTHON:
        return missing(
            f"tinygrad needs Python 3.11 or newer; {sys.executable} is {platform.python_version()}",
            "Name a newer interpreter with --python PATH.",
        )
    try:
        if checkout_commit() is None and is_too_old(release()):
            return missing(f"tinygrad {release()} is older than 0.14", f"Install a newer one: {INSTALL}")
        import_model()
    except Exception as error:  # whatever a broken installation throws is the reason
        return missing(f"tinygrad does not import: {one_line(error)}", f"Install it: {INSTALL}")
    devices, reasons = opened_devices()
    if not devices:
        return missing(f"tinygrad {version()} opens no device: {'; '.join(reasons)}", COMPILER)
    return {"status": "available", "version": version(), "devices": devices}


def opened_devices() -> tuple[list[dict[str, str]], list[str]]:
    """Devices on which a kernel ran, and why the CPU is not among them, if it is not."""
    devices: list[dict[str, str]] = []
    reasons: list[str] = []
    for name, backends in BACKENDS.items():
        for backend in backends:
            try:
                compute(backend)
            except Exception as error:  # a device that is not there may fail in any way
                if name == "cpu":
                    reasons.append(f"{backend}: {one_line(error)}")
                continue
            devices.append({"kind": name, "name": device_name(backend)})
            break
    return devices, reasons


def compute(backend: str) -> None:
    """Runs one kernel on it; raises where that fails, or where only the kernel cache hides that it would."""
    from tinygrad import Device, Tensor

    command = compiler_command(Device[backend].renderer)
    if command is not None and shutil.which(command) is None:
        raise FileNotFoundError(f"its compiler {command} is not on the PATH")
    total = (Tensor([1.0], device=backend).realize() + 1).item()
    if total != 2:
        raise RuntimeError(f"it computes 1 + 1 = {total}")


def compiler_command(renderer: Any) -> str | None:
    """The program that tinygrad's C backend starts for each kernel; None for backends that compile within the process."""
    return os.environ.get("CC", "clang") if type(renderer).__name__ == "ClangRenderer" else None


def version() -> str:
    """'0.13.0', with the commit where tinygrad runs from a source checkout: '0.13.0 (a9069c177)'."""
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
    """False where the version is not known: then it is tried."""
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


def device_name(backend: str) -> str:
    if portable_name(backend) == "cpu":
        return processor_name()
    from tinygrad import Device

    renderer = Device[backend].renderer
    target = getattr(getattr(renderer, "target", None), "arch", "") or getattr(renderer, "arch", "")
    return f"{backend} {target}".strip()


def processor_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "CPU"


def missing(reason: str, remedy: str) -> dict[str, Any]:
    return {"status": "missing", "reason": reason, "remedy": remedy}


def one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:300] if text else type(error).__name__
