"""The contract of frameworks in Python: a module with `probe` and `load`, and the model that `load` returns.

A module may also have `ceilings(device, threads)`: peak rates of a device with the framework's own operators, as
DeviceCeiling of scripts/frameworks/framework.ts.

The module is imported in the engine process only. Everything heavy is imported inside `probe` and `load`, so that the
time it takes is seen. docs/adding-a-python-framework.md builds one from nothing.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Callable, Protocol

USAGE, MISSING = 2, 3


class UserError(Exception):
    """An error that a person can mend: what is wrong and where, in one line, and the next step.

    exit_code: 1 failed, USAGE, or MISSING: something is not on this machine.
    """

    def __init__(self, message: str, remedy: str | None = None, exit_code: int = 1):
        super().__init__(message)
        self.remedy = remedy
        self.exit_code = exit_code


class Settings(SimpleNamespace):
    """What was asked for: every setting of scripts/settings/settings.ts that is part of the load request, its name in
    snake_case (`context_tokens`, `device_count`); 'auto' leaves a choice to the engine.

    `framework` has the options of the framework's own, by name; it is empty where none was given.
    """

    def __init__(self, framework: dict[str, Any] | None = None, **asked: Any) -> None:
        super().__init__(framework=framework or {}, **asked)

    def but(self, **changes: Any) -> Settings:
        """A copy with some settings changed."""
        return Settings(**{**vars(self), **changes})


@dataclass(frozen=True)
class LoadRequest:
    model_path: str
    settings: Settings
    #: Ids that end a generation; the tokenizer is not the engine's business.
    end_of_sequence: frozenset[int]
    #: `with request.span('model_load'):` times a part of loading. Names: framework_import, model_load, jit_compilation,
    #: kernel_search.
    span: Callable[[str], contextlib.AbstractContextManager[None]]
    #: progress(0.5): half is done. progress(0.5, 'searching kernels', '12 done') where a part takes minutes.
    progress: Callable[..., None]


@dataclass(frozen=True)
class GenerateOptions:
    max_tokens: int
    #: 0 is greedy.
    temperature: float
    seed: int
    ignore_end_of_sequence: bool
    #: Keep keys and values of the prefix shared with the previous prompt (chat); benchmarks start cold.
    reuse_prefix: bool
    #: Draw only from the most probable tokens, as few as together have this probability; 1: from all. Only if `samplesTopP`.
    top_p: float = 1.0


@dataclass(frozen=True)
class Generated:
    #: 'length', 'end' or 'cancelled'
    stop: str
    cached_prompt_tokens: int = 0
    #: The token that ended the answer, where stop is 'end': it is no part of the answer.
    end_token: int | None = None


class TokenSink(Protocol):
    def prompt_evaluated(self) -> None:
        """The prompt is evaluated: call it once, after the device is synchronised and before the first token."""

    def token(self, token: int, enqueue_ns: int = -1) -> bool:
        """The token exists, on the host. enqueue_ns: how long its work took to be handed to the device, where known.

        False: stop generating.
        """


@dataclass(frozen=True)
class KernelTest:
    #: 'pp' or 'tg'
    test: str
    tokens: int
    #: Positions filled before the clock starts.
    depth: int
    seed: int


@dataclass(frozen=True)
class ProfileRequest:
    prompt_tokens: int
    #: Generated one by one after the prompt.
    tokens: int
    seed: int


@dataclass(frozen=True)
class OperatorTime:
    #: Its name in the model: 'attn_q', 'ffn_norm', 'output'.
    operator: str
    #: What the engine calls such an operator.
    kind: str
    #: Of one evaluation.
    ns: int
    #: None for what belongs to no layer.
    layer: int | None = None
    #: The kernel that ran.
    kernel: str | None = None


@dataclass(frozen=True)
class PhaseProfile:
    """Where the time of one evaluation of the model went."""

    #: 'prefill' or 'decode'
    phase: str
    #: Evaluated together.
    tokens: int
    #: Evaluations of which the figures are means.
    evaluations: int
    #: One evaluation, from the call to its return, while the operators are timed.
    evaluation_ns: int
    operators: list[OperatorTime]


@dataclass(frozen=True)
class Likelihoods:
    """One entry for each token of a text, from the first one that is predicted on."""

    #: Natural logarithm of the probability that the tokens before it gave it.
    log_probabilities: list[float]
    #: The token that they made most probable.
    most_probable: list[int]
    #: As many as were asked for, best first: pairs of a token and the natural logarithm of its probability. None: not asked for.
    top: list[list[tuple[int, float]]] | None = None


class KernelClock(Protocol):
    start: Callable[[], None]
    stop: Callable[[], None]


@dataclass(frozen=True)
class ResidentWeights:
    """How the weights lie in memory, where that is not how the file has them."""

    #: 'float32', 'int8 per row', ...
    format: str
    bits_per_weight: float
    #: Bytes of weights that one decoded token reads; an embedding table only its row, unless it is the output too.
    bytes_per_token: int


@dataclass(frozen=True)
class Effective:
    """Read back from the engine, not repeated from the request."""

    device: str
    device_name: str
    settings: dict[str, Any]
    build: dict[str, Any]
    #: Bytes of keys and values that one cached position takes, all layers together.
    kv_bytes_per_position: int
    #: False for a software device or a silent fallback.
    comparable: bool = True
    weights: ResidentWeights | None = None
    #: (code, message) of what is worth a warning: a setting that was not honoured, a fallback.
    notes: list[tuple[str, str]] = field(default_factory=list)


class Model(Protocol):
    """What `load(request)` returns. The methods in comments are optional: leave out those that are not supported."""

    effective: Effective

    def generate(self, prompt: list[int], options: GenerateOptions, sink: TokenSink) -> Generated:
        ...

    def memory(self) -> dict[str, int]:
        """The engine's own figures in bytes: deviceBytes, weightsBytes, contextBytes, as far as it has them."""

    def close(self) -> None:
        ...

    # def kernel(self, test: KernelTest, clock: KernelClock) -> None: one repetition of llama-bench's pp or tg test
    # def profile(self, request: ProfileRequest) -> list[PhaseProfile]
    #     Where the time of an evaluation goes, operator by operator. Called after all that is measured.
    # def score(self, tokens: list[int], start: int, write: Callable[[bytes], None]) -> tuple[int, int]
    #     Teacher-forced logits as float32 rows: row i holds those from which token start + i is chosen, the last one
    #     those of the token after the end. Returns (rows, columns).
    # def likelihoods(self, tokens: list[int], start: int, top: int) -> Likelihoods
    #     How probable each token from index start on was; where that costs less than all the logits.
    # def statistics(self) -> dict[str, str | int | float | bool | None]: counters, read at load and at the end of a run


def one_line(error: BaseException, longest: int | None = None) -> str:
    """'ValueError: what it says', on one line, cut to `longest` characters."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:longest] if text else type(error).__name__
