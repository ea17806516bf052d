"""What the system reports: the processor's name, and the CPUs and the memory of this process."""

from __future__ import annotations

import os
import platform
import re
import sys


def processor_name() -> str:
    """Linux keeps it in /proc/cpuinfo only."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "CPU"


def thread_affinity(tasks: str = "/proc/self/task") -> str | None:
    """CPUs as Linux lists them: '0-7'; threads that are bound to CPUs of their own: '0 | 1'. None where the system does
    not say. tasks: folder with one entry a thread, proc_pid_task(5)."""
    try:
        threads = os.listdir(tasks)
    except OSError:
        return None
    lists = {found for found in (_allowed(f"{tasks}/{thread}/status") for thread in threads) if found is not None}
    return " | ".join(sorted(lists, key=lambda cpus: [int(number) for number in re.findall(r"\d+", cpus)])) or None


def _allowed(path: str) -> str | None:
    """None for a thread that has ended meanwhile."""
    try:
        with open(path, encoding="utf-8") as status:
            found = re.search(r"^Cpus_allowed_list:\s*(\S+)", status.read(), re.MULTILINE)
    except OSError:
        return None
    return None if found is None else found.group(1)


def max_resident_bytes() -> int | None:
    """Most memory that was ever resident; the system counts in kilobytes, but on macOS in bytes. None on Windows."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
