"""The dataclasses of contract.py from and to messages: snake_case here, camelCase in scripts/frameworks/messages.ts."""

from __future__ import annotations

import traceback
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar

from engine.python.contract import Effective, Settings, UserError, one_line

T = TypeVar("T")


def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def settings_from(message: dict[str, Any]) -> Settings:
    """Every setting that the message has."""
    return Settings(**{snake_case(name): value for name, value in message.items()})


def from_message(kind: type[T], message: dict[str, Any]) -> T:
    """What the message has and the dataclass does not is ignored; what it lacks takes the default of the dataclass."""
    values = {field.name: message.get(camel_case(field.name), default_of(field)) for field in fields(kind)}
    return kind(**values)


def default_of(field: Any) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def to_message(value: Any) -> dict[str, Any]:
    """None is left out."""
    members = {camel_case(field.name): getattr(value, field.name) for field in fields(value)}
    return {name: _as_message(member) for name, member in members.items() if member is not None}


def _as_message(member: Any) -> Any:
    if isinstance(member, list):
        return [_as_message(item) for item in member]
    return to_message(member) if is_dataclass(member) else member


def effective_message(effective: Effective) -> dict[str, Any]:
    notes = [{"code": code, "message": message} for code, message in effective.notes]
    return {**to_message(effective), "notes": notes}


def error_message(request_id: int, error: BaseException) -> dict[str, Any]:
    if isinstance(error, UserError):
        remedy = {} if error.remedy is None else {"remedy": error.remedy}
        return {"type": "error", "id": request_id, "message": str(error), "exitCode": error.exit_code, **remedy}
    traceback.print_exception(type(error), error, error.__traceback__)
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return {
            "type": "error",
            "id": request_id,
            "message": f"out of memory: {one_line(error)}",
            "remedy": "Choose a smaller model, --quantize or --context.",
        }
    return {"type": "error", "id": request_id, "message": one_line(error)}
