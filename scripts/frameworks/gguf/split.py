"""Models in several files, as llama.cpp's gguf-split writes them (tools/gguf-split/gguf-split.cpp there).

The first part has all metadata; each part has its number from 0, how many parts there are, and how many tensors all parts
have together.
"""

from __future__ import annotations

import os
import re
from typing import Any, Mapping, Sequence

from engine.python.contract import UserError


PART_NAME = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.gguf", re.IGNORECASE | re.DOTALL)


MERGE = "or make one file of them with `llama-gguf-split --merge FIRST-PART WHOLE.gguf`."


def other_parts(path: str, metadata: Mapping[str, Any]) -> list[str]:
    """Paths of the parts that belong to a first part; none where the file is not split. A merged file keeps the keys, with 0 parts.

    Raises UserError when the file is not the first part, or one is missing.
    """
    index, count = _place(metadata)
    if count <= 1:
        return []
    folder, name = os.path.split(path)
    named = PART_NAME.fullmatch(name)
    if named is None:
        raise UserError(
            f"{path} is part {index + 1} of {count} of a split model, which its name does not show",
            f"Give all parts their names back (model-{index + 1:05d}-of-{count:05d}.gguf is this one), {MERGE}",
        )
    paths = [os.path.join(folder, f"{named[1]}-{number + 1:05d}-of-{count:05d}.gguf") for number in range(count)]
    if index != 0:
        raise UserError(
            f"{path} is part {index + 1} of {count} of a split model", f"Name the first part: {paths[0]}, {MERGE}"
        )
    missing = [os.path.basename(part) for part in paths[1:] if not os.path.exists(part)]
    if missing:
        raise UserError(
            f"{path} is part 1 of {count} of a split model, and {', '.join(missing)} is not beside it",
            f"Fetch the rest into the same folder, {MERGE}",
        )
    return paths[1:]


def require_whole(parts: Sequence[tuple[str, Mapping[str, Any], Sequence[str]]]) -> None:
    """parts: path, metadata and names of tensors. Raises UserError for parts of different models and for missing tensors."""
    seen: set[str] = set()
    for expected, (path, metadata, names) in enumerate(parts):
        index, count = _place(metadata)
        if (index, count) != (expected, len(parts)):
            raise _damaged(f"{path} says that it is part {index + 1} of {count}")
        for name in names:
            if name in seen:
                raise _damaged(f'the tensor "{name}" in {path} is in an earlier part too')
            seen.add(name)
    first_path, first, _ = parts[0]
    promised = first.get("split.tensors.count", len(seen))
    if promised != len(seen):
        raise _damaged(f"the parts of {first_path} have {len(seen)} tensors, and the first part says {promised}")


def _place(metadata: Mapping[str, Any]) -> tuple[int, int]:
    """Index from 0, and count."""
    return int(metadata.get("split.no", 0)), int(metadata.get("split.count", 0))


def _damaged(what: str) -> UserError:
    return UserError(what, "Fetch all parts again, of one and the same model.")
