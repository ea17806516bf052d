"""tinygrad's kernel search (BEAM): only for kernels of captured functions, timed apart from their compilation, counted."""

from __future__ import annotations

import contextlib
import functools
from typing import Any, Callable, Iterator

from engine.python.contract import LoadRequest

COMPILATION, SEARCH = "jit_compilation", "kernel_search"


@functools.cache
def asked_beam() -> int:
    """Number of candidates that the search keeps at each step, by the variables BEAM and JITBEAM; 0: no search.

    From then on BEAM is 0, and a kernel outside of `KernelSearch.compiling` is not searched: neither those of a probe nor
    those that unpack weights.
    """
    from tinygrad.helpers import BEAM, getenv

    beam, BEAM.value = int(getenv("JITBEAM", BEAM.value)), 0
    return beam


class KernelSearch:
    """Searches while functions are captured.

    One function has dozens of kernels, each of which is searched and then compiled, so the two spans take turns. A search
    whose result is in tinygrad's cache on disk costs nothing, and begins no span.
    """

    def __init__(self, request: LoadRequest) -> None:
        self._request = request
        self.beam = asked_beam()
        self._searched = 0
        self._found = 0
        self._open = contextlib.ExitStack()
        self._around: str | None = None

    @contextlib.contextmanager
    def compiling(self, span: str | None = COMPILATION) -> Iterator[None]:
        """For the calls that compile and capture functions.

        span: None where compilation is part of another one, as the warm-up of the kernel workload is
        """
        self._around = span
        if self.beam == 0:
            with contextlib.nullcontext() if span is None else self._request.span(span):
                yield
            return
        from tinygrad.codegen.opt import search
        from tinygrad.helpers import Context

        own = search.beam_search, search.get_worker_pool
        # It asks for the pool of compilers when it searches, and not when it finds the result in the cache.
        search.beam_search, search.get_worker_pool = self._counted(own[0]), self._announced(own[1])
        try:
            with self._open, Context(BEAM=self.beam):
                self._enter(span)
                yield
        finally:
            search.beam_search, search.get_worker_pool = own

    def statistics(self) -> dict[str, int]:
        if self.beam == 0:
            return {}
        return {"beam_kernels_searched": self._searched, "beam_kernels_from_cache": self._found}

    def _enter(self, span: str | None) -> None:
        """Ends the open span, and begins this one."""
        self._open.close()
        if span is not None:
            self._open.enter_context(self._request.span(span))

    def _counted(self, search: Callable[..., Any]) -> Callable[..., Any]:
        def beam_search(*arguments: Any, **named: Any) -> Any:
            before = self._searched
            found = search(*arguments, **named)
            if self._searched == before:
                self._found += 1
            else:
                self._enter(self._around)
            return found

        return beam_search

    def _announced(self, get_worker_pool: Callable[[], Any]) -> Callable[[], Any]:
        def announced() -> Any:
            self._searched += 1
            self._enter(SEARCH)
            self._request.progress(0.5, f"searching kernels with beam {self.beam}", f"kernel {self._searched}")
            return get_worker_pool()

        return announced
