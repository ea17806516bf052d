"""tinygrad compiles in processes of its own and keeps them."""

from __future__ import annotations


def end_compiler_processes() -> None:
    """Their memory and their wake-ups are not the model's. The next kernel that must be compiled starts new ones."""
    from tinygrad.engine.worker import terminate_worker_pool

    terminate_worker_pool()
